/**
 * Rules about who imports whom: rooms, packages, circles, and files that nothing leads to. Each takes files and yields
 * offences; an empty list is a tidy tree.
 */
import {
  covers,
  longLived,
  packageOwners,
  pagePackages,
  type Room,
  roomOf,
  rooms,
  shortLived,
  workerEntries,
} from './rooms.ts'
import type { Import, Offence, SourceFile, TextFile } from './source.ts'

/** Every import between rooms, judged by the table. */
export function ringOffences(files: readonly SourceFile[], table = rooms): readonly Offence[] {
  const offences: Offence[] = []
  for (const file of files) {
    const name = roomOf(file.path)
    const room = table[name]
    if (room === undefined) {
      offences.push({ path: file.path, line: 1, text: `there is no room '${name}' in test/tidy/rooms.ts` })
      continue
    }
    for (const found of file.imports) {
      const text = judgeImport(name, room, found)
      if (text !== null) offences.push({ path: file.path, line: found.line, text })
    }
  }
  return offences
}

function judgeImport(name: string, room: Room, found: Import): string | null {
  if (found.target === null) return judgePackage(name, room, found.specifier)
  if (!found.target.startsWith('src/')) return `${found.specifier} is outside src`
  const target = roomOf(found.target)
  if (target === name) return null
  const may = room.may.some(outer => covers(outer, target)) && !room.never.some(outer => covers(outer, target))
  if (may) return null
  const types = room.types.filter(entry => covers(entry.replace(/:.*/, ''), target))
  if (types.length === 0) return `${name} may not import ${target}`
  if (!found.typesOnly) return `${name} may import only types from ${target} (import type)`
  const allowed = types.flatMap(entry => entry.split(':').slice(1))
  const other = allowed.length === 0 ? undefined : found.names.find(taken => !allowed.includes(taken))
  return other === undefined ? null : `${name} may import only ${allowed.join(', ')} from ${target}, not ${other}`
}

function judgePackage(name: string, room: Room, specifier: string): string | null {
  if (specifier.startsWith('node:')) return room.node ? null : `${name} may not import ${specifier}`
  const wanted = packageOf(specifier)
  return room.packages === null || room.packages.includes(wanted) ? null : `${name} may not import ${wanted}`
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Packages that only some files may know. */
export function ownedPackageOffences(files: readonly SourceFile[], owners = packageOwners): readonly Offence[] {
  const offences: Offence[] = []
  for (const file of files) {
    for (const { line, specifier, target } of file.imports) {
      if (target !== null) continue
      const places = owners[packageOf(specifier)]
      if (places === undefined || places.some(place => isAt(file.path, place))) continue
      offences.push({ path: file.path, line, text: `${specifier} is imported only by ${places.join(', ')}` })
    }
  }
  return offences
}

/** The page runs in a browser: it takes from the core, which is pure, and from what is bundled with it, and no more. */
export function pageOffences(texts: readonly TextFile[]): readonly Offence[] {
  return texts
    .filter(file => /^page\/.*\.tsx?$/.test(file.path))
    .flatMap(file =>
      [...file.text.matchAll(/^(?:import '|(?:import|export|\}).*? from ')([^']+)'/gm)].flatMap(found => {
        const specifier = found[1]!
        if (/^(?:\.\/|\.\.\/src\/core\/)/.test(specifier) || pagePackages.includes(packageOf(specifier))) return []
        const line = file.text.slice(0, found.index).split('\n').length
        return [{ path: file.path, line, text: `the page may not import ${specifier}` }]
      }),
    )
}

function isAt(path: string, place: string): boolean {
  return place.endsWith('/') ? path.startsWith(place) : path === place
}

/** Packages that a thread which lives as long as the server would load with its first import, and the way to them. */
export function carriedOffences(
  files: readonly SourceFile[],
  { from = longLived, refused = shortLived }: { from?: readonly string[]; refused?: readonly string[] } = {},
): readonly Offence[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const ways = new Map(from.map((path): [string, readonly string[]] => [path, [path]]))
  const offences: Offence[] = []
  // The way to a file is set before it is come to, so the map grows while it is walked.
  for (const [path, way] of ways) {
    for (const { line, specifier, target, typesOnly, called } of byPath.get(path)?.imports ?? []) {
      if (typesOnly || called) continue
      if (target !== null && !ways.has(target)) ways.set(target, [...way, target])
      if (target !== null || !refused.includes(packageOf(specifier))) continue
      offences.push({ path, line, text: `${specifier} stays with a running server: ${way.join(' → ')}` })
    }
  }
  return offences
}

/** Circles of imports, types included: each group of files that reach one another is reported once. */
export function circleOffences(files: readonly SourceFile[]): readonly Offence[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const reached = new Map(files.map(file => [file.path, reach(targetsOf(file), byPath)]))
  const reported = new Set<string>()
  const offences: Offence[] = []
  for (const file of files) {
    if (reported.has(file.path) || !reached.get(file.path)!.has(file.path)) continue
    const circle = files
      .map(other => other.path)
      .filter(path => reached.get(file.path)!.has(path) && reached.get(path)!.has(file.path))
    for (const path of circle) reported.add(path)
    const line = file.imports.find(found => found.target !== null && circle.includes(found.target))?.line ?? 1
    offences.push({ path: file.path, line, text: `imports go in a circle: ${circle.join(', ')}` })
  }
  return offences
}

/** Files below src/ that neither the program, nor a worker entry, nor a bench or test file leads to. */
export function orphanOffences(files: readonly SourceFile[], workers = workerEntries): readonly Offence[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const entries = files.map(file => file.path).filter(path => !path.startsWith('src/'))
  const seen = reach(['src/main.ts', ...workers, ...entries], byPath)
  return files
    .filter(file => file.path.startsWith('src/') && !seen.has(file.path))
    .map(file => ({ path: file.path, line: 1, text: 'nothing leads here from src/main.ts, a worker, bench or test' }))
}

function reach(from: readonly string[], byPath: ReadonlyMap<string, SourceFile>): ReadonlySet<string> {
  const seen = new Set<string>()
  const waiting = [...from]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const file = byPath.get(path)
    if (file !== undefined) waiting.push(...targetsOf(file))
  }
  return seen
}

function targetsOf(file: SourceFile): readonly string[] {
  return file.imports.map(found => found.target).filter(target => target !== null)
}

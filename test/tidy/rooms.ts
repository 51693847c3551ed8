/**
 * The rooms of the house as a table: which room may import which, and which packages and parts of Node. The lists are
 * complete: what is not named is refused, and a folder that is not in the table is refused too, so a new room begins
 * with a line here. A name covers the rooms below it (`core` covers `core/wire`). Everything may import its own room.
 */
export interface Room {
  readonly may: readonly string[]
  /** Rooms that only `import type` may reach; `room:Name` allows that one name. */
  readonly types: readonly string[]
  /** Rooms refused although `may` covers them. */
  readonly never: readonly string[]
  readonly node: boolean
  /** npm packages; null for any that `packageOwners` does not reserve. */
  readonly packages: readonly string[] | null
}

const core = (may: string, types = '', packages = ''): Room => ({
  may: words(may).map(name => `core/${name}`),
  types: words(types).map(name => `core/${name}`),
  never: [],
  node: false,
  packages: words(packages),
})

/** Adapters: the core, the board's types, Node and packages, and no sibling but the one named. */
const edge = (may = '', never = ''): Room => ({
  may: ['core', ...words(may)],
  types: ['board'],
  never: words(never),
  node: true,
  packages: null,
})

const everyCoreRoom =
  'base name rdata wire health rotation roster state zone zonefile guard answer transfer secondary catalog view'

export const rooms: Readonly<Record<string, Room>> = {
  main: { may: ['cli'], types: [], never: [], node: false, packages: [] },

  'core/base': core(''),
  'core/name': core('base'),
  'core/rdata': core('base name'),
  'core/wire': core('base name rdata'),
  'core/health': core('base'),
  'core/rotation': core('base', 'health ports:Turn'),
  // An operator's target is an address in any of its forms.
  'core/roster': core('base rdata health rotation'),
  'core/state': core('base health roster'),
  'core/zone': core('base name rdata rotation', 'ports'),
  // Members are named in rehearsals as operators name them.
  'core/geo': core('base'),
  'core/zonefile': core('base name rdata wire health rotation roster zone guard geo', 'ports', 'yaml zod'),
  // What would come of it: files that are not served yet, members that are only said to be down.
  'core/rehearsal': core('base name rdata wire health rotation roster zone zonefile answer', 'guard ports view'),
  'core/guard': core('base wire', 'ports'),
  'core/transfer': core('base name rdata wire rotation zone guard', 'ports'),
  'core/catalog': core('base name rdata guard transfer'),
  'core/secondary': core('base name rdata wire transfer zonefile', 'ports'),
  'core/answer': core('base name rdata wire health rotation roster zone guard transfer', 'ports'),
  // Drawing the picture is reading the roster; whose client somebody is, is for the guard's tables to say. Its shapes
  // are for those who write schemas, and no running server loads them.
  'core/view': core('base guard health roster secondary rotation transfer catalog', `${everyCoreRoom} ports`, 'zod'),
  'core/ports': core('', everyCoreRoom),

  board: { may: ['core'], types: [], never: [], node: false, packages: [] },

  // ffi alone talks to libc: batches of datagrams and ICMP sockets go through it.
  'edge/transport': edge('edge/ffi', 'core/zone core/health'),
  'edge/probe': edge('edge/ffi'),
  'edge/ffi': edge(),
  // What is pulled is kept as everything of our own is.
  'edge/secondary': edge('edge/disk'),
  'edge/account': edge('edge/ffi'),
  'edge/supervisor': edge('edge/ffi'),
  'edge/disk': edge(),
  'edge/admin': edge('edge/node-http edge/turns'),
  'edge/demo': edge('edge/node-http'),
  'edge/node-http': edge(),
  'edge/turns': edge(),
  'edge/log': edge(),
  // A log that would have to be waited for is one to be asked about first.
  'edge/outlet': edge('edge/ffi'),
  'edge/clock': edge(),
  'edge/hmac': edge(),
  'edge/notify': edge(),
  'edge/draw': edge(),
  'edge/gateway': edge(),
  'edge/geoip': edge('edge/disk'),

  shell: { may: ['core', 'board', 'edge'], types: [], never: [], node: true, packages: null },
  cli: { may: ['shell', 'core', 'edge'], types: [], never: [], node: true, packages: null },
}

/** Packages that only these places may import, whatever their room allows: a file, or a folder with its slash. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  yaml: ['src/core/zonefile/yaml.ts', 'src/core/zonefile/canonical/'],
  koffi: ['src/edge/ffi.ts', 'src/edge/ffi/'],
  // The query verb reads answers with it, as DNS probes do: a codec that is not ours.
  dns2: ['src/cli/query.ts', 'src/cli/query-message.ts', 'src/cli/render-query.ts', 'src/edge/probe/'],
}

/** What is bundled with the page. */
export const pagePackages: readonly string[] = ['preact', 'uplot']

/**
 * What the threads of a running server begin with, and what none of them may load on the way: parsers and what comes with
 * them would stay for as long as the server runs. Reading is for threads that end (src/shell/reader.ts).
 */
export const longLived: readonly string[] = [
  ...['src/main.ts', 'src/cli/program.ts', 'src/cli/serve.ts'],
  ...['src/shell/serve.ts', 'src/shell/worker.ts', 'src/edge/log.ts'],
]
export const shortLived: readonly string[] = ['yaml', 'zod']

/** Files that begin a thread of their own, which no import leads to. */
export const workerEntries: readonly string[] = [
  'src/shell/worker.ts',
  'src/shell/reader.ts',
  'src/shell/puller.ts',
  'src/shell/versions-worker.ts',
]

/** The room of a path below src/: the first folder, or the first two in core and edge. */
export function roomOf(path: string): string {
  const parts = path
    .replace(/^src\//, '')
    .replace(/\.ts$/, '')
    .split('/')
  return parts.slice(0, parts[0] === 'core' || parts[0] === 'edge' ? 2 : 1).join('/')
}

export function covers(outer: string, room: string): boolean {
  return room === outer || room.startsWith(`${outer}/`)
}

function words(text: string): readonly string[] {
  return text.split(' ').filter(word => word !== '')
}

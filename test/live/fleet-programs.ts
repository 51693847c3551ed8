/**
 * The secondaries of deploy/fleet as real programs: the documented configurations with the addresses, ports, folders
 * and secrets of one run in place of theirs, and nothing else changed, so that what is documented is what is tested.
 * Each runs in the foreground below a folder of its own and is ended by its pid.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { programFolders } from '../../bench/machine.ts'
import { type Child, startChild } from '../../bench/support.ts'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { needs } from './program.ts'

export const secondaryNames = ['knot', 'nsd', 'bind'] as const
export type SecondaryName = (typeof secondaryNames)[number]

/** Which of them are installed; says which are not. */
export function installedSecondaries(): readonly SecondaryName[] {
  return secondaryNames.filter(name => needs(recipes[name].program))
}

export interface Place {
  readonly host: string
  readonly port: number
}

export interface Secondary extends Place {
  readonly name: SecondaryName
  /** Name and secret of its key, as dig's `-y` wants them. */
  readonly key: string
  lines(): readonly string[]
  stop(): Promise<void>
}

export interface SecondaryOptions {
  readonly robin: Place
  readonly secret: string
  /** In place of the documented one: names a key that Robin does not know. */
  readonly keyName?: string
  /** Makes another configuration of it. */
  readonly edit?: (text: string) => string
}

/** The documented addresses, and those of a run: the last number stays. */
const documented = '192.0.2.'
const loopback = '127.0.2.'
export const robinHost = `${loopback}53`
/** BIND listens at addresses of interfaces only, and of all of loopback that is this one. */
const bindHost = '127.0.0.1'
const bindDocumented = `${documented}63`
const readyMs = 20_000
const stopMs = 5_000

interface Recipe {
  readonly program: string
  readonly file: string
  readonly host: string
  readonly readyMark: string
  readonly args: (file: string) => readonly string[]
  /** What a run has in place of the system's: text that has to be there, and what comes instead. */
  readonly swaps: (folder: string) => readonly (readonly [string, string])[]
}

const recipes: Readonly<Record<SecondaryName, Recipe>> = {
  knot: {
    program: 'knotd',
    file: 'knot.conf',
    host: `${loopback}61`,
    readyMark: 'server started',
    args: file => ['-c', file],
    swaps: folder => [
      ['"/run/knot"', `"${folder}"`],
      ['"/var/lib/knot"', `"${folder}"`],
      ['    user: knot:knot\n', ''],
      ['target: syslog', 'target: stderr'],
    ],
  },
  nsd: {
    program: 'nsd',
    file: 'nsd.conf',
    host: `${loopback}62`,
    readyMark: 'nsd started',
    args: file => ['-d', '-c', file],
    swaps: folder => [
      ['"/var/lib/nsd', `"${folder}`],
      ['"/run/nsd/', `"${folder}/`],
      ['username: nsd', 'username: ""'],
      ['verbosity: 1', 'verbosity: 3'],
    ],
  },
  bind: {
    program: 'named',
    file: 'named.conf',
    host: bindHost,
    readyMark: 'running',
    args: file => ['-g', '-n', '1', '-c', file],
    swaps: folder => [
      ['"/var/cache/bind"', `"${folder}"`],
      ['"/run/named/', `"${folder}/`],
      // rndc listens at one port of the whole machine.
      ['options {', 'controls {};\noptions {'],
    ],
  },
}

function secretName(name: SecondaryName): string {
  return `SECRET-OF-${name.toUpperCase()}-FLEET`
}

/** Text of a documented file with the addresses and ports of a run. */
export async function fillTemplate(
  file: string,
  portOf: ReadonlyMap<string, number>,
  swaps: readonly (readonly [string, string])[],
): Promise<string> {
  let text = await readFile(new URL(`../../deploy/fleet/${file}`, import.meta.url), 'utf8')
  for (const [from, to] of swaps) {
    if (!text.includes(from)) throw new Error(`${file} does not say ${from}`)
    text = text.replaceAll(from, to)
  }
  const portAt = (host: string): number => {
    const port = portOf.get(host)
    if (port === undefined) throw new Error(`${file}: no port for ${host}`)
    return port
  }
  const own = text.replaceAll(bindDocumented, bindHost).replaceAll(documented, loopback)
  return own
    .replace(/(listen-on port )53( \{ )(127[.\d]+)/g, (_, verb, open, host) => `${verb}${portAt(host)}${open}${host}`)
    .replace(/(127[.\d]+)(@|:| port )53\b/g, (_, host, sign) => `${host}${sign}${portAt(host)}`)
}

/** A place for a secondary that does not run yet, so that Robin can be told of it first. */
export async function placeFor(name: SecondaryName): Promise<Place> {
  return await reservePort(recipes[name].host, 0)
}

export async function startSecondary(
  name: SecondaryName,
  place: Place,
  { robin, secret, keyName = `${name}.fleet`, edit = text => text }: SecondaryOptions,
): Promise<Secondary> {
  const { program, file, readyMark, args, swaps } = recipes[name]
  const folder = await mkdtemp(join(tmpdir(), `robin-fleet-${name}-`))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const ports = new Map([robin, place].map(({ host, port }) => [host, port]))
    const own = [...swaps(folder), [secretName(name), secret], [`${name}.fleet`, keyName]] as const
    await mkdir(join(folder, 'zones'))
    await writeFile(join(folder, file), edit(await fillTemplate(file, ports, own)))
    const child: Child = await startChild(program, args(join(folder, file)), {
      cwd: folder,
      env: { ...process.env, PATH: [process.env['PATH'] ?? '', ...programFolders].join(delimiter) },
      isReady: line => line.includes(readyMark),
      readyMs,
    })
    return {
      ...place,
      name,
      key: `hmac-sha256:${keyName}:${secret}`,
      lines: child.lines,
      stop: async () => {
        await child.stop(stopMs)
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * Knot and BIND as primaries of zones that a test edits: each runs in the foreground below a folder of its own, tells
 * of changes by NOTIFY, answers IXFR from the differences of its files, and is ended by its pid.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { programFolders } from '../../bench/machine.ts'
import { type Child, startChild } from '../../bench/support.ts'
import { reservePort } from '../../src/edge/transport/listen.ts'

export type PrimaryProgram = 'knotd' | 'named'

export interface PrimaryOptions {
  /** Master file text by zone name, without the closing dot. */
  readonly zones: Readonly<Record<string, string>>
  /** Signs transfers and NOTIFYs; base 64. */
  readonly key?: { readonly name: string; readonly secret: string }
  /** Who is told of changes. */
  readonly notifyPort?: number
  /** To come back where one was before. */
  readonly port?: number
  /** Zones are signed. */
  readonly signed?: boolean
}

export interface Primary {
  readonly port: number
  /** New text for a zone, loaded at once. */
  edit(zone: string, text: string): Promise<void>
  /** What it said. */
  lines(): readonly string[]
  stop(): Promise<void>
}

const host = '127.0.0.1'
const readyMs = 20_000
const stopMs = 5_000
const marks = { knotd: 'server started', named: 'running' }

export async function startPrimary(program: PrimaryProgram, options: PrimaryOptions): Promise<Primary> {
  const folder = await mkdtemp(join(tmpdir(), `robin-primary-${program}-`))
  const port = options.port ?? (await reservePort(host, 0)).port
  await mkdir(join(folder, 'db'))
  for (const [zone, text] of Object.entries(options.zones)) await writeFile(join(folder, `${zone}.zone`), text)
  const configFile = join(folder, 'server.conf')
  await writeFile(
    configFile,
    program === 'knotd' ? knotConfig(folder, port, options) : bindConfig(folder, port, options),
  )
  const flags = program === 'knotd' ? ['-c', configFile] : ['-g', '-n', '1', '-c', configFile]
  const path = [process.env['PATH'] ?? '', ...programFolders].join(delimiter)
  let child: Child
  try {
    child = await startChild(program, flags, {
      cwd: folder,
      env: { ...process.env, PATH: path },
      isReady: line => line.includes(marks[program]),
      readyMs,
    })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return {
    port,
    edit: async (zone, text) => {
      await writeFile(join(folder, `${zone}.zone`), text)
      process.kill(child.pid, 'SIGHUP')
    },
    lines: () => child.lines(),
    stop: async () => {
      await child.stop(stopMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function knotConfig(folder: string, port: number, { zones, key, notifyPort, signed }: PrimaryOptions): string {
  const use = key === undefined ? '' : `\n    key: ${key.name}`
  return `server:
    rundir: "${folder}"
    listen: ${host}@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "${folder}/db"
${key === undefined ? '' : `key:\n  - id: ${key.name}\n    algorithm: hmac-sha256\n    secret: ${key.secret}\n`}
${notifyPort === undefined ? '' : `remote:\n  - id: told\n    address: ${host}@${notifyPort}${use}\n`}
acl:
  - id: pull
    action: transfer
    address: ${host}${use}
zone:
${Object.keys(zones)
  .map(
    zone => `  - domain: ${zone}
    storage: "${folder}"
    file: "${zone}.zone"
    zonefile-sync: -1
    zonefile-load: ${signed === true ? 'difference-no-serial' : 'difference'}
    journal-content: ${signed === true ? 'all' : 'changes'}
    acl: pull
    dnssec-signing: ${signed === true ? 'on' : 'off'}
${notifyPort === undefined ? '' : '    notify: told\n'}`,
  )
  .join('')}`
}

function bindConfig(folder: string, port: number, { zones, key, notifyPort, signed }: PrimaryOptions): string {
  const told =
    notifyPort === undefined ? '' : `${host} port ${notifyPort}${key === undefined ? '' : ` key ${key.name}`};`
  return `${key === undefined ? '' : `key "${key.name}" { algorithm hmac-sha256; secret "${key.secret}"; };\n`}
options {
  directory "${folder}";
  listen-on port ${port} { ${host}; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  pid-file none;
  session-keyfile none;
  notify explicit;
  notify-delay 0;
  also-notify { ${told} };
  ixfr-from-differences yes;
  allow-transfer { ${key === undefined ? 'any' : `key ${key.name}`}; };
};
controls {};
${Object.keys(zones)
  .map(zone => {
    const signing = signed === true ? ' inline-signing yes; dnssec-policy default;' : ''
    return `zone "${zone}" { type primary; file "${zone}.zone";${signing} };`
  })
  .join('\n')}
`
}

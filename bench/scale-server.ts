/**
 * A server whose zones come from a generator instead of files: it answers from a small zone, and when it is told to
 * (SIGUSR2) it compiles the large one on its control thread and puts it in place. Says in lines of JSON what it did.
 * Started by scale.ts; the numbers of owners come as arguments.
 */
import { seconds } from '../src/core/base/units.ts'
import { isNameFault, type Name, parseName } from '../src/core/name/name.ts'
import { formatIpv4 } from '../src/core/rdata/a.ts'
import { rrType } from '../src/core/rdata/table.ts'
import type { MemberModel, PoolModel } from '../src/core/roster/types.ts'
import { proveSnapshot } from '../src/core/zone/prove.ts'
import { compile } from '../src/core/zonefile/compile.ts'
import type { PoolSlot } from '../src/core/zonefile/image.ts'
import { plainPoolOf } from '../src/core/zonefile/master/plain-pool.ts'
import type { SetContents, ZoneContents } from '../src/core/zonefile/model.ts'
import { reservePort } from '../src/edge/transport/listen.ts'
import { type Crew, openCrew } from '../src/shell/crew.ts'
import { drawCookieSecrets, orderTerms, termsDefault } from '../src/shell/terms.ts'
import { createThrift, type Thrift } from '../src/shell/thrift.ts'
import { keepYoungSpaceSmall } from '../src/shell/young-space.ts'
import { fillBoard } from './rig.ts'

const origin = 'bench.test'
const ttl = seconds(10)
const tcpIdleMs = 10_000

let served: readonly PoolSlot[] = []

async function serve(small: number, large: number): Promise<void> {
  keepYoungSpaceSmall()
  const thrift = await createThrift()
  const address = await reservePort('127.0.0.1', 0)
  const terms = orderTerms(termsDefault, [address], drawCookieSecrets(), tcpIdleMs)
  const options = { workers: 1, listen: [address], io: 'auto', terms, tcpClientsMax: 16, tcpIdleMs } as const
  const crew = await openCrew({ journal: { record: say } }, options, build(small, 1).memory)
  process.on('SIGUSR2', () => void grow(crew, thrift, large))
  process.on('SIGTERM', () => process.exit(0))
  say({ kind: 'ready', port: address.port })
}

async function grow(crew: Crew, thrift: Thrift, large: number): Promise<void> {
  // Held as a server holds it: what the pools are is asked for as long as they are served.
  const { memory, pools, ...figures } = build(large, 2)
  served = pools
  const late = await crew.install(memory, 2)
  thrift.record({ kind: 'installed', generation: 2, zones: 1, rrsets: large, checks: 0, tookMs: 0 })
  say({ kind: 'grown', late: late.length, pools: served.length, ...figures })
}

function build(owners: number, generation: number) {
  const times = [performance.now()]
  const compiled = compile({ zones: [zoneOf(owners)] }, generation, () => generation)
  times.push(performance.now())
  proveSnapshot(compiled.snapshot)
  times.push(performance.now())
  const board = fillBoard(compiled)
  times.push(performance.now())
  const [compileMs, proveMs, publishMs] = times.slice(1).map((time, i) => time - times[i]!)
  const memory = { snapshot: compiled.snapshot.memory, board: board.memory, bulletin: null }
  return {
    memory,
    compileMs,
    proveMs,
    publishMs,
    snapshotOctets: memory.snapshot.byteLength,
    pools: compiled.pools,
  }
}

function zoneOf(owners: number): ZoneContents {
  const name = nameOf(`${origin}.`)
  const host = nameOf(`ns1.${origin}.`)
  const soa = { mname: host, rname: nameOf(`hostmaster.${origin}.`), serial: 1, refresh: ttl, retry: ttl, expire: ttl }
  return { name, soa: { ...soa, negativeTtl: ttl, ttl }, rrsets: setsOf(name, host, owners) }
}

/** Four addresses for each owner, no two owners alike, one after another and none kept. */
function* setsOf(zone: Name, host: Name, owners: number): Generator<SetContents> {
  yield { owner: zone, type: rrType.NS, ttl, rdatas: [host], pool: null }
  yield { owner: host, type: rrType.A, ttl, rdatas: [Uint8Array.of(127, 0, 0, 1)], pool: null }
  const policy = plainPoolOf(rrType.A, addressesOf(0), ttl)!
  for (let i = 0; i < owners; i++) {
    yield {
      owner: nameOf(`svc${i}`, zone),
      type: rrType.A,
      ttl,
      rdatas: addressesOf(i),
      pool: new GeneratedPool(i, policy),
    }
  }
}

/** A pool of a million of which most are never looked at: it knows its number, and makes its members when asked. */
class GeneratedPool implements PoolModel {
  readonly #owner: number
  readonly #policy: PoolModel

  constructor(owner: number, policy: PoolModel) {
    this.#owner = owner
    this.#policy = policy
  }

  get spec(): PoolModel['spec'] {
    return this.#policy.spec
  }

  get tierNames(): readonly string[] {
    return this.#policy.tierNames
  }

  get members(): readonly MemberModel[] {
    const addresses = addressesOf(this.#owner)
    return this.#policy.members.map((member, i) => ({ ...member, address: formatIpv4(addresses[i]!) }))
  }
}

function addressesOf(owner: number): readonly Uint8Array[] {
  return [0, 1, 2, 3].map(i => Uint8Array.of(10, owner >>> 14, owner >>> 6, ((owner & 63) << 2) + i))
}

function nameOf(text: string, under: Name | null = null): Name {
  const name = parseName(text, under)
  if (isNameFault(name)) throw new Error(`${text}: ${name}`)
  return name
}

function say(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`)
}

const [small, large] = process.argv.slice(2).map(Number) as [number, number]
await serve(small, large)

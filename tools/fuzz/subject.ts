/**
 * The answer path as the fuzzer drives it: the reference zones and one with pools of every temper, compiled and asked
 * in process. There are two of it: `open` answers everybody, `guarded` has cookies, an identity, an access list, a rate
 * limit, an amplification cap and a key. Who asks by TCP may have a zone, from `guarded` with that key only.
 */
import { createBoard, createRotationSource, publish } from '../../src/board/board.ts'
import { type Bulletin, createBulletinSource } from '../../src/board/bulletin.ts'
import { createBulletinDraft } from '../../src/board/bulletin-draft.ts'
import { answerQuery } from '../../src/core/answer/answer.ts'
import { createLive, type Live, plainTerms } from '../../src/core/answer/live.ts'
import { tallyNames } from '../../src/core/answer/tally.ts'
import { cookieSecretOctets } from '../../src/core/guard/cookie.ts'
import type { Standing } from '../../src/core/health/types.ts'
import { formatName, isNameFault, type Name, nameKey, parseName } from '../../src/core/name/name.ts'
import { createNameScan, scanName } from '../../src/core/name/scan.ts'
import { decide } from '../../src/core/rotation/decide.ts'
import { noMemory } from '../../src/core/rotation/types.ts'
import { diffVersions } from '../../src/core/transfer/diff.ts'
import { emptyJournal, extendJournal } from '../../src/core/transfer/journal.ts'
import { findMovingSets } from '../../src/core/transfer/sets.ts'
import { captureVersion } from '../../src/core/transfer/version.ts'
import { type Ask, createAsk } from '../../src/core/wire/query.ts'
import { readKey, type TsigKey } from '../../src/core/wire/tsig-key.ts'
import { findZone } from '../../src/core/zone/lookup.ts'
import { proveSnapshot } from '../../src/core/zone/prove.ts'
import type { PoolSlot } from '../../src/core/zonefile/image.ts'
import { compile, type Model, readZones } from '../../src/core/zonefile/index.ts'
import { readMaster } from '../../src/core/zonefile/master/read.ts'
import type { ZoneModel } from '../../src/core/zonefile/model.ts'
import { hmac } from '../../src/edge/hmac.ts'
import { createTerms, orderTerms, termsDefault } from '../../src/shell/terms.ts'
import { type Corpus, type Owner, readLabels } from '../conformance/corpus.ts'
import { printName } from '../conformance/message.ts'
import { readReferenceZones } from '../conformance/zones.ts'

export interface Subject {
  readonly live: Live
  readonly ask: Ask
  /** Octets of the answer, or of its first message, which stand in `out`; 0 is silence. */
  answer(query: Uint8Array, via: 'udp' | 'tcp', out: Uint8Array): number
}

export interface Subjects {
  readonly open: Subject
  readonly guarded: Subject
  /** What the zones hold, for questions. */
  readonly corpus: Corpus
}

const downFrom = 5
const hosts = (...last: readonly number[]): string => `[${last.map(i => `198.51.100.${i}`)}]`
const wide = Array.from({ length: 120 }, (_, i) => `'2001:db8::${(i + 1).toString(16)}'`)
const targets = ['all', 'nodata'].map(name => `{priority: 1, weight: 1, port: 80, target: ${name}.pooled.test.}`)

const ruled = (near: string, far: string): string =>
  `dynamic: {pools: {near: {values: [{value: ${near}}]}, far: {fallback: near, values: [{value: ${far}}]}}, ` +
  "rules: [{subnets: [10.0.0.0/8, '2001:db8::/32'], pool: near}, {pool: far}]}"

/** Addresses from .5 on are down; four of the pools have nothing left to answer with. */
const pooledZone = `
zone: pooled.test
soa: {mname: ns1.pooled.test., rname: hostmaster.pooled.test., serial: 1}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns1.pooled.test.}
  ns1: {type: A, value: 192.0.2.1}
  all: {type: A, check: port, values: ${hosts(1, 2, 3, 4)}}
  half: {type: A, check: port, values: ${hosts(3, 4, 5, 6)}}
  few: {type: A, check: port, values: ${hosts(1, 2, 3, 4)}, policy: {max_answers: 2}}
  wide: {type: AAAA, check: port, values: [${wide}], policy: {max_answers: 120}}
  open: {type: A, check: port, values: ${hosts(5, 6)}}
  nodata: {type: A, check: port, values: ${hosts(5, 6)}, policy: {on_all_down: nodata}}
  servfail: {type: A, check: port, values: ${hosts(5, 6)}, policy: {on_all_down: servfail}}
  refused: {type: A, check: port, values: ${hosts(5, 6)}, policy: {on_all_down: refused}}
  '*.cn': {type: CNAME, value: half.pooled.test.}
  dead: {type: CNAME, value: servfail.pooled.test.}
  mail: {type: MX, value: {preference: 10, exchange: half.pooled.test.}}
  _s._tcp: {type: SRV, values: [${targets}]}
  weighted: {type: A, check: port, values: [{value: 198.51.100.1, weight: 7}, 198.51.100.2, 198.51.100.5]}
  random: {type: AAAA, check: port, values: [${wide}], policy: {answer: random, max_answers: 120}}
  sticky: {type: A, check: port, values: ${hosts(1, 2, 3, 4, 5)}, policy: {answer: sticky}}
  ruled: {type: A, check: port, ${ruled('198.51.100.1', '198.51.100.5')}, policy: {answer: sticky}}
  named: {type: CNAME, ${ruled('half.pooled.test.', 'servfail.pooled.test.')}}
  '*.alias': {type: ALIAS, value: named.pooled.test.}
  alias: {type: ALIAS, value: ruled.pooled.test.}
  hints:
    type: HTTPS
    values:
    - {svcpriority: 1, targetname: half.pooled.test., svcparams: {ipv4hint: ${hosts(3, 4, 5, 6, 7)}}}
    - {svcpriority: 2, targetname: ruled.pooled.test., svcparams: {ipv4hint: ${hosts(1)}, ipv6hint: [2001:db8::1]}}
    - {svcpriority: 3, targetname: ., svcparams: {ipv4hint: ${hosts(5)}}}
`

export function createSubjects(): Subjects {
  const zones = [...readReferenceZones().map(({ zone, text }) => readMasterZone(zone, text)), ...readPooledZone().zones]
  const compiled = compile({ zones }, 1, () => 1)
  proveSnapshot(compiled.snapshot)
  const board = createBoard(compiled.snapshot.boardWords)
  for (const place of compiled.pools) {
    const { plan } = place
    const standings = plan.pool.members.map(
      ({ address, duties, override }): Standing => ({
        verdict: duties.length > 0 && isDown(address) ? 'down' : 'up',
        pending: false,
        override,
        share: 1,
      }),
    )
    publish(board, place, decide(plan.pool.spec, standings, noMemory))
  }
  const rotation = createRotationSource(board)
  const bulletin = createBulletinSource(layBulletin(compiled.pools))
  const create = (guarded: boolean): Subject => {
    const tally = new Float64Array(tallyNames.length)
    const terms = guarded ? createTerms(guardedTerms(), tally) : plainTerms
    const live = createLive(compiled.snapshot, rotation, tally, terms)
    live.bulletin = bulletin
    offerPooled(live, guarded ? fuzzKey.name : null)
    return createSubject(live)
  }
  return { open: create(false), guarded: create(true), corpus: corpusOf(zones) }
}

/** As control lays it out, with one check for all. */
function layBulletin(pools: readonly PoolSlot[]): Bulletin {
  const draft = createBulletinDraft()
  for (const { plan, slot } of pools) {
    const { spec, members, tierNames } = plan.pool
    draft.pool(slot, plan.rule === undefined ? '' : tierNames[0]!)
    members.forEach(({ duties }, at) => {
      const { rr, tier } = spec.members[at]!
      const checks = duties.map(() => ({ at: 0 }))
      draft.member(rr, tierNames[tier] ?? '', duties.length === 0, checks)
    })
  }
  return draft.finish(['port'])
}

/** The key that `guarded` has. */
export const fuzzKey = readKey(hmac, {
  name: 'fuzz',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 3).toString('base64'),
}) as TsigKey

/** pooled.test as of serial 8; what changed since 7 is known. */
function offerPooled(live: Live, key: Name | null): void {
  const apex = parseName('pooled.test.', null) as Name
  const scan = createNameScan()
  scanName(apex, 0, apex.length, scan)
  const zone = findZone(live.snapshot, scan, 1)
  const capture = (serial: number) =>
    captureVersion(live.snapshot, zone, findMovingSets(live.snapshot, zone), live.rotation, serial)
  const change = diffVersions(capture(7), capture(8), 1_000_000)
  const journal =
    change === null ? emptyJournal : extendJournal(emptyJournal, change, { versionsMax: 9, octetsMax: 9_999 })
  live.offers.set(nameKey(apex), { apex, version: capture(8), journal, access: [{ key, from: null }] })
}

function createSubject(live: Live): Subject {
  const ask = createAsk()
  return {
    live,
    ask,
    answer: (query, via, out) => {
      ask.query = query
      ask.via = via
      const octets = answerQuery(live, ask, out)
      live.desk.sending?.close()
      live.desk.sending = null
      return Math.abs(octets)
    },
  }
}

function guardedTerms() {
  const secrets = {
    current: new Uint8Array(cookieSecretOctets).fill(1),
    other: new Uint8Array(cookieSecretOctets).fill(2),
  }
  const settings = {
    ...termsDefault,
    statusAcl: ['192.0.2.0/24'],
    allow: ['192.0.2.0/24', '2001:db8::/32'],
    responsesPerSecond: 50,
    slip: 2,
    amplificationMax: 3,
    nsid: 'ns1.ref.test',
    version: 'robin',
    hostname: 'ns1',
  }
  const keys = [{ name: 'fuzz.', algorithm: 'hmac-sha256', secret: new Uint8Array(32).fill(3) } as const]
  return orderTerms(settings, [{ host: '192.0.2.53', port: 53 }], secrets, 10_000, keys)
}

function isDown(text: string): boolean {
  return text.startsWith('198.51.100.') && Number(text.slice(text.lastIndexOf('.') + 1)) >= downFrom
}

function readMasterZone(zone: string, text: string): ZoneModel {
  const name = parseName(`${zone}.`, null)
  if (isNameFault(name)) throw new Error(`${zone} is no name`)
  const reading = readMaster(`${zone}.zone`, text, name, () => null)
  if (reading.zone === null) throw new Error(`${zone}: ${reading.problems[0]?.text}`)
  return reading.zone
}

function readPooledZone(): Model {
  const { model, problems } = readZones([{ file: 'pooled.test.yaml', text: pooledZone }])
  if (model === null) throw new Error(problems.map(({ text }) => text).join('\n'))
  return model
}

function corpusOf(zones: readonly ZoneModel[]): Corpus {
  const owners = new Map<string, Owner & { readonly types: Set<number> }>()
  for (const zone of zones) {
    const apex = formatName(zone.name)
    for (const { owner, type } of [{ owner: zone.name, type: 6 }, ...zone.rrsets]) {
      const name = printName(owner)
      const known = owners.get(name)
      if (known === undefined) owners.set(name, { zone: apex, labels: readLabels(name), name, types: new Set([type]) })
      else known.types.add(type)
    }
  }
  return { zones: zones.map(({ name }) => formatName(name).slice(0, -1)), owners: [...owners.values()] }
}

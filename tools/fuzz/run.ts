/**
 * The loop: input after input into `answerQuery`, and what must hold of every answer. Inputs whose answer is of a kind
 * not seen before are kept as seeds. Nothing in the loop allocates but what is sampled, so a heap that grows is a leak.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { tallyAt } from '../../src/core/answer/tally.ts'
import { signRequest } from '../../src/core/wire/tsig.ts'
import { decode } from '../../test/dns/decode.ts'
import { classIn, composeQuery, label } from '../conformance/compose.ts'
import type { Corpus } from '../conformance/corpus.ts'
import { createDraw, type Draw } from '../conformance/draw.ts'
import { readMessage } from '../conformance/message.ts'
import { drawQuestions } from '../conformance/questions.ts'
import { createMutator, inputOctetsMax } from './mutate.ts'
import { createSubjects, fuzzKey, type Subject } from './subject.ts'

export interface FuzzOptions {
  readonly inputs: number
  readonly seed: number
  /** Stops here, done or not. */
  readonly secondsMax: number
  /** One answer in so many is read in full. */
  readonly readEvery: number
}

export interface FuzzReport {
  readonly inputs: number
  readonly seconds: number
  readonly answers: number
  /** Answers that were decoded by two readers. */
  readonly read: number
  readonly seeds: number
  /** From a tenth of the way to the end. */
  readonly heapGrowthOctets: number
  readonly internalErrors: number
  readonly failures: readonly Failure[]
}

export interface Failure {
  readonly what: string
  readonly via: string
  readonly guarded: boolean
  readonly query: string
  readonly response: string
}

const seedQueries = 2_000
const failuresMax = 20
const udpOctetsMax = 1232
const udpOctetsWithoutEdns = 512
/** When the queries begin, Unix time. */
const beganSeconds = 1_767_225_600
/** Inputs between two looks at the clock. */
const stride = 4_096

export function runFuzz(options: FuzzOptions): FuzzReport {
  const draw = createDraw(options.seed)
  const { open, guarded, corpus } = createSubjects()
  const drawn = drawQuestions(draw, corpus, seedQueries).map(({ packet }) => packet)
  const mutator = createMutator(draw, [...drawn, ...askForHealth(corpus), ...askForZone()])
  const input = new Uint8Array(inputOctetsMax)
  const outUdp = new Uint8Array(udpOctetsMax)
  const outTcp = new Uint8Array(65_535)
  const kinds = new Uint8Array(1 << 16)
  const failures: Failure[] = []
  const collect = openCollector()
  const began = performance.now()
  let heapBefore = 0
  let answers = 0
  let read = 0
  let inputs = 0
  for (; inputs < options.inputs && failures.length < failuresMax; inputs++) {
    if (inputs === Math.floor(options.inputs / 10)) heapBefore = collect()
    if (inputs % stride === 0 && performance.now() - began > options.secondsMax * 1000) break
    const length = mutator.next(input)
    const subject = (inputs & 3) === 0 ? guarded : open
    const via = (inputs & 7) < 2 ? 'tcp' : 'udp'
    const out = via === 'udp' ? outUdp : outTcp
    if (subject === guarded) placeClient(draw, subject, inputs)
    const query = input.subarray(0, length)
    const octets = subject.answer(query, via, out)
    const fail = (what: string): void => {
      failures.push({
        what,
        via,
        guarded: subject === guarded,
        query: hex(query),
        response: hex(out.subarray(0, octets)),
      })
    }
    if (subject.live.tally[tallyAt.internalErrors] !== 0) {
      fail('an internal error')
      subject.live.tally[tallyAt.internalErrors] = 0
      continue
    }
    if (octets === 0) continue
    const wrong = judge(subject, query, via, out, octets)
    if (wrong !== null) fail(wrong)
    const kind = kindOf(out, octets)
    const isNew = kinds[kind] === 0
    if (isNew) {
      kinds[kind] = 1
      mutator.keep(input, length)
    }
    if (isNew || answers++ % options.readEvery === 0) {
      read++
      const unread = readTwice(out.slice(0, octets))
      if (unread !== null) fail(unread)
    }
  }
  const seconds = (performance.now() - began) / 1000
  const heapGrowthOctets = heapBefore === 0 ? 0 : collect() - heapBefore
  const internalErrors = failures.filter(({ what }) => what === 'an internal error').length
  return { inputs, seconds, answers, read, seeds: mutator.seeds(), heapGrowthOctets, internalErrors, failures }
}

/** TXT of `_health` below every owner that has addresses. */
function askForHealth({ owners }: Corpus): readonly Uint8Array[] {
  const common = { id: 1, flags: 0, qtype: 16, qclass: classIn } as const
  const edns = { payload: 1232, version: 0, flags: 0, options: [] }
  return owners
    .filter(({ types }) => types.has(1) || types.has(28))
    .map(({ labels }) => composeQuery({ ...common, labels: [label('_health'), ...labels], edns }))
}

/** The whole of a zone, what changed of it, and a host in it: signed by the key that `guarded` has, and not. */
function askForZone(): readonly Uint8Array[] {
  const labels = ['pooled', 'test'].map(label)
  const edns = { payload: 1232, version: 0, flags: 0, options: [] }
  const common = { id: 1, flags: 0, qclass: classIn } as const
  const plain = [
    composeQuery({ ...common, labels, qtype: 252, edns }),
    composeQuery({ ...common, labels: [label('all'), ...labels], qtype: 1, edns }),
    ...[6, 7, 8].map(serial => withSerial(composeQuery({ ...common, labels, qtype: 251, edns: null }), serial)),
  ]
  return [...plain, ...plain.map(sign)]
}

/** Behind the question, an SOA whose names are the root. */
function withSerial(query: Uint8Array, serial: number): Uint8Array {
  const longer = Uint8Array.from([...query, 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, 0, serial])
  longer[9] = 1
  return Uint8Array.from([...longer, ...new Uint8Array(16)])
}

function sign(query: Uint8Array): Uint8Array {
  const room = new Uint8Array(inputOctetsMax)
  room.set(query)
  return room.slice(0, signRequest(fuzzKey, room, query.length, beganSeconds).length)
}

/** Clients come from networks that may ask and one that may not, from port 0 now and then, and time goes on. */
function placeClient(draw: Draw, { ask }: Subject, inputs: number): void {
  const { client } = ask
  client.length = draw.oneIn(4) ? 16 : 4
  client.octets.fill(0)
  client.octets[0] = client.length === 16 ? 0x20 : draw.oneIn(16) ? 203 : 192
  client.octets[1] = client.length === 16 ? 0x01 : 0
  client.octets[2] = client.length === 16 ? 0x0d : 2
  client.octets[3] = client.length === 16 ? 0xb8 : draw.int(64)
  client.port = draw.oneIn(64) ? 0 : 1024 + draw.int(1000)
  ask.nowMs = inputs / 64
  ask.nowSeconds = beganSeconds + Math.floor(inputs / 64_000)
}

/** What can be told without reading the answer. Null if all is well. */
function judge(
  { ask }: Subject,
  query: Uint8Array,
  via: 'udp' | 'tcp',
  out: Uint8Array,
  octets: number,
): string | null {
  if (query.length < 12) return 'an answer to less than a header'
  if ((query[2]! & 0x80) !== 0) return 'an answer to a response'
  if (octets < 12) return 'an answer shorter than a header'
  if (out[0] !== query[0] || out[1] !== query[1]) return 'another ID'
  if ((out[2]! & 0xf8) !== ((query[2]! & 0x78) | 0x80)) return 'QR clear or another opcode'
  if ((out[3]! & 0xe0) !== 0) return 'RA, Z or AD set'
  if ((out[2]! & 1) !== (query[2]! & 1)) return 'RD changed'
  if ((out[3]! & 0xf) === 2 && ask.qtype !== 0 && !isServfailMeant(ask)) return 'SERVFAIL'
  if (via === 'tcp') return null
  const limit = ask.edns
    ? Math.min(udpOctetsMax, Math.max(ask.payloadOctets, udpOctetsWithoutEdns))
    : udpOctetsWithoutEdns
  return octets > limit ? `${octets} octets where ${limit} may be` : null
}

/** Names below `pooled.test` may have a pool that says SERVFAIL on purpose. */
function isServfailMeant({ name }: Subject['ask']): boolean {
  const { lowered, length } = name
  return length >= 13 && lowered[length - 13] === 6 && lowered[length - 12] === 0x70
}

/** Rcode, flags, and the size of each section, roughly: what tells one path through the code from another. */
function kindOf(out: Uint8Array, octets: number): number {
  const size = (count: number): number => (count < 3 ? count : 3)
  const answers = size(out[7]!)
  const authorities = size(out[9]!)
  const additionals = size(out[11]!)
  const flags = ((out[2]! & 0x06) << 1) | (out[5]! & 1)
  const length = octets <= 64 ? 0 : octets <= 512 ? 1 : octets <= 1100 ? 2 : 3
  return ((out[3]! & 0xf) << 12) | (flags << 8) | (answers << 6) | (authorities << 4) | (additionals << 2) | length
}

function readTwice(response: Uint8Array): string | null {
  try {
    readMessage(response)
    decode(response)
    return null
  } catch (error) {
    return `unreadable: ${(error as Error).message}`
  }
}

/** Octets on the heap after a full collection. */
function openCollector(): () => number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    collect()
    collect()
    return process.memoryUsage().heapUsed
  }
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

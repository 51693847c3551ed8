/**
 * Puts many packets to one server and brings back what it said to each. The number of lanes bounds what waits in the
 * server's receive buffer.
 */
import type { Family, Lane, Reply, Via } from './lane.ts'
import { createTcpLane } from './tcp-lane.ts'
import { createUdpLane } from './udp-lane.ts'

/** One packet and how it is sent. */
export interface Case {
  /** What it tries, for the table. */
  readonly phenomenon: string
  readonly via: Via
  readonly family: Family
  readonly packet: Uint8Array
  /** True if silence may be the right answer. */
  readonly hostile: boolean
}

/** Ports of one server by address family. */
export interface Target {
  readonly name: string
  readonly ports: Readonly<Record<Family, number>>
}

/** A server that can be asked. */
export interface Contender {
  ask(cases: readonly Case[]): Promise<readonly Reply[]>
}

const udpLanes = 12
const tcpLanes = 4

/** The replies in the order of the cases. */
export async function askAll(target: Target, cases: readonly Case[]): Promise<readonly Reply[]> {
  const replies: Reply[] = new Array<Reply>(cases.length)
  const work: Promise<void>[] = []
  for (const via of ['udp', 'tcp'] as const) {
    for (const family of [4, 6] as const) {
      for (const hostile of [false, true]) {
        const isMine = (one: Case): boolean => one.via === via && one.family === family && one.hostile === hostile
        const mine = cases.flatMap((one, i) => (isMine(one) ? [i] : []))
        const lanes = Math.min(mine.length, lanesOf(via, hostile))
        const waiting = mine.values()
        const port = target.ports[family]
        for (let i = 0; i < lanes; i++) {
          const lane = via === 'udp' ? createUdpLane(family, port) : createTcpLane(family, port)
          work.push(drain(lane, waiting, cases, replies))
        }
      }
    }
  }
  await Promise.all(work)
  return replies
}

/**
 * NSD reads several datagrams at a time and puts the last of them in the place of one that it drops. With two hostile
 * packets among them, the one's answer could come behind the question that follows it.
 */
function lanesOf(via: Via, hostile: boolean): number {
  if (via === 'tcp') return tcpLanes
  return hostile ? 1 : udpLanes
}

/** Takes one case after the other from what all lanes of a kind share. */
async function drain(
  lane: Lane,
  waiting: IterableIterator<number>,
  cases: readonly Case[],
  replies: Reply[],
): Promise<void> {
  try {
    for (const at of waiting) replies[at] = await lane.ask(cases[at]!.packet, cases[at]!.hostile)
  } finally {
    lane.close()
  }
}

/**
 * A pair of servers and a floating address, with the real keepalived and the configurations that ship: however the
 * active one goes, the client is without an answer for at most four seconds, and its return costs nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayIsolate } from '../contract/probe-namespace.ts'
import { type Keepalived, openPair, type PairNetwork, type Seen, type Server } from './pair-network.ts'
import { needs } from './program.ts'

/** Longest time without an answer when a server goes. */
const gapMsMax = 4_000
/** Longest time without an answer when nobody takes over, on a busy machine: less than any takeover takes. */
const calmGapMsMax = 1_000
const testMs = 60_000
const hookMs = 60_000
/** A second of them. */
const settledAnswers = 20
const vips = ['10.53.0.53', '10.53.0.54'] as const

const possible = ['keepalived', 'dig'].every(program => needs(program)) && mayIsolate()

type Answer = Extract<Seen, { kind: 'answer' }>

const nowMs = (): number => performance.timeOrigin + performance.now()

describe.runIf(possible)('a pair', () => {
  let network: PairNetwork
  let running: Keepalived[] = []

  beforeAll(async () => {
    network = await openPair(vips)
  }, hookMs)
  afterAll(() => network?.close(), hookMs)

  /** Starts keepalived on both; what ran before ends. */
  const keepAlive = async (configs: readonly [string, string], definitions: Readonly<Record<string, string>>) => {
    await Promise.all(running.map(one => one.stop()))
    running = await Promise.all(network.servers.map((server, i) => server.keepAlive(configs[i]!, definitions)))
  }

  const answersOf = (vip: string, fromMs: number): readonly Answer[] =>
    network.seen.all.filter(
      (line): line is Answer => line.kind === 'answer' && line.address === vip && line.answeredMs >= fromMs,
    )

  /** The longest time between two answers, one after the other, from `fromMs` on. */
  const longestGapMs = (vip: string, fromMs: number): number => {
    const times = answersOf(vip, fromMs).map(answer => answer.answeredMs)
    expect(times.length).toBeGreaterThan(10)
    return times.slice(1).reduce((longest, time, i) => Math.max(longest, time - times[i]!), 0)
  }

  /** Waits until a second's answers came from that server and from no other. */
  const untilAnswers = async (vip: string, { number }: Server): Promise<void> => {
    let inRow = 0
    await network.seen.until(line => {
      if (line.kind === 'answer' && line.address === vip) inRow = line.who === number ? inRow + 1 : 0
      return inRow === settledAnswers
    }, network.seen.all.length)
  }

  /** From a fault of the active server to the answers of the other one: the gap, and the word to the neighbours. */
  const takeOver = async (vip: string, to: Server, fault: () => unknown): Promise<number> => {
    const faultMs = nowMs()
    expect(answersOf(vip, faultMs - calmGapMsMax).length).toBeGreaterThan(0)
    await fault()
    await untilAnswers(vip, to)
    const announced = network.seen.all.some(
      line => line.kind === 'arp' && line.atMs >= faultMs && line.address === vip && line.mac === to.mac,
    )
    expect(announced).toBe(true)
    return longestGapMs(vip, faultMs - calmGapMsMax)
  }

  /** Repairs a server: when keepalived lets it stand by again, the active one has answered all the while. */
  const standBy = async (vip: string, server: Server, active: Server, repair: () => unknown): Promise<number> => {
    const { log } = running[server.number - 1]!
    const [fromMs, from] = [nowMs(), log.all.length]
    await repair()
    await log.until(line => line.includes('Entering BACKUP STATE'), from)
    await untilAnswers(vip, active)
    return longestGapMs(vip, fromMs)
  }

  it('with one floating address: killed, hung, cut off', { timeout: testMs }, async () => {
    const [vip] = vips
    await keepAlive(['shared-vip/keepalived.conf', 'shared-vip/keepalived.conf'], { VIP: `${vip}/24` })
    const first = (await network.seen.until(line => line.kind === 'answer')) as Answer
    const [one, two] = network.servers
    const [a, b] = first.who === 1 ? [one, two] : [two, one]
    await untilAnswers(vip, a)

    expect(await takeOver(vip, b, () => a.signal('SIGKILL'))).toBeLessThan(gapMsMax)
    expect(await standBy(vip, a, b, a.serve)).toBeLessThan(calmGapMsMax)
    expect(await takeOver(vip, a, () => b.signal('SIGSTOP'))).toBeLessThan(gapMsMax)
    expect(await standBy(vip, b, a, () => b.signal('SIGCONT'))).toBeLessThan(calmGapMsMax)
    expect(await takeOver(vip, b, () => a.setLink('down'))).toBeLessThan(gapMsMax)
    expect(await standBy(vip, a, b, () => a.setLink('up'))).toBeLessThan(calmGapMsMax)

    expect(answersOf(vip, 0).every(({ from }) => from === vip)).toBe(true)
    expect(await network.inClient('dig', `@${vip}`, 'www.pair.test', '+short', '+norec')).toBe(`10.0.0.${b.number}\n`)
  })

  it('with an address for each name server: it moves to the other, and comes home', { timeout: testMs }, async () => {
    const hosts = { NS1_HOST: '10.53.0.11', NS2_HOST: '10.53.0.12' }
    const floating = { NS1_VIP: `${vips[0]}/24`, NS2_VIP: `${vips[1]}/24` }
    await keepAlive(['vip-per-name/ns1.conf', 'vip-per-name/ns2.conf'], { ...hosts, ...floating })
    const [home, other] = network.servers
    await untilAnswers(vips[1], other)
    await untilAnswers(vips[0], home)
    const beganMs = nowMs()

    expect(await takeOver(vips[0], other, () => home.signal('SIGKILL'))).toBeLessThan(gapMsMax)
    const repairedMs = nowMs()
    await home.serve()
    await untilAnswers(vips[0], home)

    expect(longestGapMs(vips[0], repairedMs)).toBeLessThan(calmGapMsMax)
    expect(longestGapMs(vips[1], beganMs)).toBeLessThan(calmGapMsMax)
    for (const vip of vips) expect(answersOf(vip, beganMs).every(({ from }) => from === vip)).toBe(true)
  })
})

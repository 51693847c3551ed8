/**
 * Half a million hostile packets on the running server, and TCP clients that misbehave beside them: every honest
 * question in between is answered as it was before, and afterwards the server holds no more memory or descriptors.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { StatusView } from '../../src/core/view/status.ts'
import { startRobin, targetOf } from '../../tools/conformance/arena.ts'
import { askAll } from '../../tools/conformance/ask.ts'
import { hear } from '../../tools/conformance/compare.ts'
import { createDraw } from '../../tools/conformance/draw.ts'
import { drawHostile } from '../../tools/conformance/hostile.ts'
import { listedPackets, readPacket } from '../../tools/conformance/listed.ts'
import { drawQuestions } from '../../tools/conformance/questions.ts'
import { blow, type Honest } from '../../tools/conformance/storm.ts'
import { createSubjects } from '../../tools/fuzz/subject.ts'
import type { LiveServer } from './server.ts'

const warmUpPackets = 250_000
const stormPackets = 500_000
const rssGrowthMaxKiB = 10 * 1024
/** Longer than an idle connection is kept. */
const settleMs = 15_000

const honestQuestions = [
  'www A',
  'cn1 A',
  'nope A',
  'www MX',
  'pool A',
  'x.wild TXT',
  'host.child A',
  't512 TXT',
  'mx MX',
]
const typeCodes: Readonly<Record<string, string>> = { A: '0001', MX: '000f', TXT: '0010' }

/** As it was before the storm, so as other tests prove it right. */
async function learnHonest(server: LiveServer): Promise<readonly Honest[]> {
  const cases = honestQuestions.map((question, i) => {
    const [name, type] = question.split(' ')
    const packet = readPacket(`000${i} 0000 0001 0000 0000 0000 n:${name}.ref.test ${typeCodes[type!]} 0001`)
    return { phenomenon: 'honest', via: 'udp', family: 4, packet, hostile: false } as const
  })
  const replies = await askAll(targetOf(server), cases)
  return cases.map(({ packet }, i) => {
    const { said } = hear(replies[i]!, packet)
    return { packet, rcode: said.rcode, answer: said.answer }
  })
}

function rssKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

async function countersOf(server: LiveServer): Promise<Readonly<Record<string, number>>> {
  const status = (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as StatusView
  return status.counters
}

describe.runIf(process.platform === 'linux')('a storm of hostile packets', () => {
  let server: LiveServer | null = null

  beforeAll(async () => {
    server = await startRobin()
  })

  afterAll(() => server?.close())

  it('delays nobody, breaks nothing, and leaves nothing behind', async () => {
    const robin = server!
    const draw = createDraw(20_260_101)
    const { corpus } = createSubjects()
    const packets = [...listedPackets(), ...drawHostile(draw, drawQuestions(draw, corpus, 20_000))].map(
      ({ packet }) => packet,
    )
    const honest = await learnHonest(robin)
    expect(new Set(honest.map(({ rcode }) => rcode))).toEqual(new Set(['NOERROR', 'NXDOMAIN']))
    const descriptorsBefore = descriptors(robin.pid)
    await blow(targetOf(robin), packets, honest, warmUpPackets)
    const rssBefore = rssKiB(robin.pid)
    const countersBefore = await countersOf(robin)

    const report = await blow(targetOf(robin), packets, honest, stormPackets)

    expect(report.wrong).toEqual([])
    expect(report.answered).toBe(report.asked)
    expect(report.asked).toBeGreaterThan(3_000)
    expect(report.again).toBeLessThan(report.asked / 20)
    const counters = await countersOf(robin)
    const taken = (name: string): number => (counters[name] ?? 0) - (countersBefore[name] ?? 0)
    expect(taken('internalErrors')).toBe(0)
    expect(taken('queries') + taken('ignored')).toBeGreaterThan(stormPackets * 0.9)
    expect(rssKiB(robin.pid) - rssBefore).toBeLessThan(rssGrowthMaxKiB)
    await vi.waitFor(() => expect(descriptors(robin.pid)).toBeLessThanOrEqual(descriptorsBefore), {
      timeout: settleMs,
      interval: 100,
    })
    expect(robin.lines.filter(line => ['error', 'fatal'].includes(String(line['level'])))).toEqual([])
    process.stdout.write(
      `storm: ${report.hostile} packets, ${report.tcpAbuses} bad TCP clients, ${report.asked} honest questions, ` +
        `${report.again} asked again; RSS ${rssBefore} to ${rssKiB(robin.pid)} KiB\n`,
    )
  }, 90_000)
})

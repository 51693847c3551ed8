/**
 * Some seconds in which everything happens at once to the real server: backends die and come back, files are edited
 * well and badly, operators drain and release, reloads come in every way, threads are struck down. `npm run chaos` does the
 * same for a minute.
 */
import { expect, it } from 'vitest'
import { runChaos } from '../../tools/chaos/run.ts'

it.each([
  ['batch', 11],
  ['dgram', 12],
] as const)(
  'loses and mixes up nothing, and tells of everything, with io %s',
  { timeout: 120_000 },
  async (io, seed) => {
    const report = await runChaos({ seed, runSeconds: 8, perSecond: 1_000, zones: 2, servicesPerZone: 5, io })
    expect(report.findings.filter(({ count }) => count > 0)).toEqual([])
    const acts = ['backend killed', 'backend revived', 'good edit', 'drain', 'release', 'SIGHUP', 'reload']
    for (const act of io === 'batch' ? [...acts, 'thread struck'] : acts) {
      expect(report.deeds.counts.get(act) ?? 0, act).toBeGreaterThan(0)
    }
    expect(report.generations).toBe(1 + report.deeds.edits.length)
  },
)

/**
 * One Robin and stock secondaries, by the configurations of deploy/fleet: what Robin decides is answered by all of them
 * within three seconds, and all have the same zone, over edits and restarts, by changes and not by whole zones.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installedSecondaries } from './fleet-programs.ts'
import {
  addressesOf,
  ask,
  backendHosts,
  digestsOf,
  type Fleet,
  formsOf,
  serialOf,
  startFleet,
  timeOf,
  transfersSince,
  until,
  untilAnswered,
  untilSettled,
  zoneName,
} from './fleet-stage.ts'
import { needs } from './program.ts'
import type { LogLine } from './server.ts'

const installed = installedSecondaries()
/** From the verdict, or from the edit that is installed, to the last secondary's answer. */
const followMs = 3_000

describe.runIf(installed.length > 0 && needs('dig'))('a fleet', () => {
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await startFleet(installed)
  })
  afterAll(() => fleet?.stop())

  /** What is to be answered while that backend is down, or all are there. */
  const left = (down: number | null) => ({
    www: backendHosts.filter((_, at) => at !== down),
    db: [backendHosts[down === 0 ? 1 : 0]],
  })
  const isTurn = (to: 'up' | 'down') => (line: LogLine) => line.event === 'transition' && line['to'] === to
  const expectSame = async (): Promise<void> => {
    const digests = await digestsOf(fleet)
    expect(digests[0]!.records).toBeGreaterThan(8)
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1)
  }
  const failAndHeal = async (at: number): Promise<void> => {
    const from = fleet.server().lines.length
    await fleet.backends.fail(at)
    const gone = await untilAnswered(fleet.servers, left(at))
    expect(gone - timeOf(await fleet.server().until(isTurn('down'), from))).toBeLessThan(followMs)
    await fleet.backends.heal(at)
    const back = await untilAnswered(fleet.servers, left(null))
    expect(back - timeOf(await fleet.server().until(isTurn('up'), from))).toBeLessThan(followMs)
    await untilSettled(fleet.servers, left(null))
  }

  test.each([0, 1])('answers without backend %i within 3 s of the verdict, and with it when it is back', async at => {
    const before = (await serialOf(fleet.robin))!
    await failAndHeal(at)
    const transfers = transfersSince(fleet.server(), 0, before)
    expect(transfers.length).toBeGreaterThanOrEqual(2 * installed.length)
    expect(formsOf(transfers)).toEqual(['done ixfr'])
    await expectSame()
  })

  test('has an edit everywhere within 3 s, and by its changes alone', async () => {
    const from = fleet.server().lines.length
    const before = (await serialOf(fleet.robin))!
    await fleet.edit(`${fleet.zone}\n  new: {type: TXT, value: edited}\n`)
    const isEdited = async (place: (typeof fleet.servers)[number]): Promise<boolean> =>
      (await ask(place, `new.${zoneName}`, 'TXT'))?.answer[0]?.value === '"edited"'
    const times = fleet.servers.map(place => until(`the edit is at ${place.host}`, () => isEdited(place)))
    const had = Math.max(...(await Promise.all(times)))
    expect(had - timeOf(await fleet.server().until(({ event }) => event === 'installed', from))).toBeLessThan(followMs)
    await untilSettled(fleet.servers, left(null))
    expect(formsOf(transfersSince(fleet.server(), from, before))).toEqual(['done ixfr'])
    await expectSame()
  })

  test.each([
    // What was given out last is known, and is given out again.
    ['SIGTERM', 0],
    // It may have been anything: the serial leaps over all that may have been seen, and each has the zone as a whole.
    ['SIGKILL', installed.length],
  ] as const)('goes on after %s of Robin with a serial that is not earlier', async (signal, transfersWhole) => {
    const before = (await serialOf(fleet.robin))!
    await fleet.restart(signal, async () => {
      for (const server of fleet.secondaries) expect(await addressesOf(server, 'www')).toEqual(left(null).www)
    })
    const after = await untilSettled(fleet.servers, left(null))
    expect(after).toBeGreaterThanOrEqual(before + (signal === 'SIGKILL' ? 1 : 0))
    await failAndHeal(0)
    expect(formsOf(transfersSince(fleet.server(), 0, after))).toEqual(['done ixfr'])
    const whole = transfersSince(fleet.server(), 0).filter(({ outcome, form }) => outcome === 'done' && form === 'axfr')
    expect(whole.length).toBe(transfersWhole)
    await expectSame()
  })
})

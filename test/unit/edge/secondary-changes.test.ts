/** Pulls of changes: applied where they fit, and else the whole zone is asked for. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WireRecord } from '../../../src/core/secondary/message.ts'
import { message, record, soa } from '../secondary/wire.ts'
import { answering, apex, openPullStage, type PullStage, type Script, whole, www } from './pull-stage.ts'

let stage: PullStage
beforeEach(async () => {
  stage = await openPullStage()
})
afterEach(async () => {
  await stage.close()
})

describe('changes', () => {
  beforeEach(async () => {
    await stage.run(answering(...whole(3, www)))
  })
  const next = record('next.a.test 30 A 10.0.0.2')
  const step = (from: number, gone: readonly WireRecord[], to: number, come: readonly WireRecord[]) => [
    ...[soa('a.test', from), ...gone],
    ...[soa('a.test', to), ...come],
  ]
  const ixfr = (serial: number, ...steps: readonly (readonly WireRecord[])[]) => [
    soa('a.test', serial),
    ...steps.flat(),
    soa('a.test', serial),
  ]
  /** Which types were asked for. */
  const both = (changes: Script, zone: readonly WireRecord[], types: number[]): Script => {
    return (asked, say, socket) => {
      types.push(asked.type)
      if (asked.type === 251) changes(asked, say, socket)
      else answering(...zone)(asked, say, socket)
    }
  }

  test('are applied to what is kept', async () => {
    const records = ixfr(5, step(3, [www], 4, [next]), step(4, [], 5, [www]))
    expect(await stage.run(answering(...records), { since: 3, after: 3 })).toMatchObject({
      kind: 'taken',
      serial: 5,
      how: 'ixfr',
    })
    expect(await stage.kept()).toMatch(
      / 5 60 15 86400 5\n@ 30 NS .*\nns1 30 A .*\n(?:www|next) 30 A .*\n(?:www|next) 30 A .*\n$/,
    )
  })

  test('are none where the primary says so', async () => {
    expect(await stage.run(answering(soa('a.test', 3)), { since: 3, after: 3 })).toEqual({ kind: 'current' })
    expect(await stage.run(answering(soa('a.test', 2)), { since: 3, after: 3 })).toMatchObject({
      failure: { reason: 'serial-back' },
    })
  })

  test('are none, but what is kept is later than was known, as after a crash between zone and note', async () => {
    await stage.run(answering(...whole(5, www)))
    const result = await stage.run(answering(soa('a.test', 5)), { since: 3, after: 3 })
    expect(result).toMatchObject({ kind: 'taken', serial: 5, records: 4 })
  })

  test('may come as the whole zone', async () => {
    const result = await stage.run(answering(...whole(9, next)), { since: 3, after: 3 })
    expect(result).toMatchObject({ kind: 'taken', serial: 9, how: 'axfr' })
    expect(await stage.kept()).not.toMatch(/www/)
  })

  const refusal =
    (code: number): Script =>
    ({ id, type }, say) => {
      say(message({ id, flags: 0x8400 | code, question: { name: apex, type }, answers: [] }))
    }
  test.each<[string, Script]>([
    ['NOTIMP', refusal(4)],
    ['FORMERR', refusal(1)],
    ['REFUSED', refusal(5)],
    ['that do not follow one another', answering(...ixfr(5, step(3, [], 4, []), step(3, [], 5, [])))],
    ['that are more than are taken', answering(...ixfr(5, step(3, [], 5, Array(600).fill(next))))],
    ['that begin elsewhere', answering(...ixfr(5, step(2, [], 5, [])))],
    ['of which there is only a later SOA, as over UDP', answering(soa('a.test', 5))],
    ['that take away what is not there', answering(...ixfr(5, step(3, [next], 5, [])))],
  ])('%s: the whole zone is asked for', async (_, changes) => {
    const types: number[] = []
    const result = await stage.run(both(changes, whole(5, next), types), { since: 3, after: 3 })
    expect(result).toMatchObject({ kind: 'taken', serial: 5, how: 'axfr' })
    expect(types).toEqual([251, 252])
  })

  test('that make what cannot be served of a kept zone that is not what it was', async () => {
    // By some hand.
    const path = join(stage.folder, 'a.test.zone')
    await writeFile(path, `${await readFile(path, 'utf8')}next 30 CNAME ns1.a.test.\n`)
    const types: number[] = []
    const result = await stage.run(both(answering(...ixfr(5, step(3, [], 5, [next]))), whole(5, next), types), {
      since: 3,
      after: 3,
    })
    expect(result).toMatchObject({ kind: 'taken', serial: 5, how: 'axfr' })
    expect(types).toEqual([251, 252])
  })

  test('go on where serials begin anew (RFC 1982)', async () => {
    const last = 0xffff_ffff
    await stage.run(answering(...whole(last, www)))
    const records = ixfr(2, step(last, [www], 0, []), step(0, [], 2, [next]))
    const result = await stage.run(answering(...records), { since: last, after: last })
    expect(result).toMatchObject({ kind: 'taken', serial: 2, how: 'ixfr' })
    // Half the circle away is neither later nor earlier.
    const far = await stage.run(answering(...whole(2 + 0x8000_0000)), { since: null, after: 2 })
    expect(far).toMatchObject({ failure: { reason: 'serial-back' } })
  })

  test('that break off leave what is kept as it was', async () => {
    const before = await stage.kept()
    const broken: Script = (asked, say, socket) => {
      answering(soa('a.test', 5), soa('a.test', 3), www)(asked, say, socket)
    }
    expect(await stage.run(broken, { since: 3, after: 3 })).toMatchObject({ failure: { reason: 'timeout' } })
    expect(await stage.kept()).toBe(before)
  })

  test('are asked for from the zone that is on the disk, whatever was known of it', async () => {
    const types: number[] = []
    await rm(join(stage.folder, 'a.test.zone'))
    await stage.run(both(answering(), whole(5), types), { since: 3, after: 3 })
    expect(types).toEqual([252])
  })
})

import { describe, expect, it } from 'vitest'
import {
  type Bulletin,
  createBulletinSource,
  openBulletin,
  postOutcome,
  postStandings,
} from '../../../src/board/bulletin.ts'
import { createBulletinDraft, memberChecksMax } from '../../../src/board/bulletin-draft.ts'
import { type Outcome, reasonCodes } from '../../../src/core/health/types.ts'
import type { MemberStanding } from '../../../src/core/roster/types.ts'

interface Member {
  readonly rr: number
  readonly checks: readonly number[]
  readonly pool: string
}

interface Pool {
  readonly slot: number
  readonly members: readonly Member[]
  readonly name: string
}

function member(rr: number, checks: readonly number[], pool = ''): Member {
  return { rr, pool, checks }
}

function pool(slot: number, members: readonly Member[], name = ''): Pool {
  return { slot, name, members }
}

function lay(pools: readonly Pool[], checks: readonly string[]): Bulletin {
  const draft = createBulletinDraft()
  for (const { slot, name, members } of pools) {
    draft.pool(slot, name)
    for (const { rr, pool, checks: own } of members) {
      const numbered = own.map(at => ({ at }))
      draft.member(rr, pool, own.length === 0, numbered)
    }
  }
  return draft.finish(checks)
}

const calm: MemberStanding = {
  verdict: 'up',
  pending: false,
  override: 'none',
  share: 1,
  held: false,
  order: null,
}

function outcome(part: Partial<Outcome> = {}): Outcome {
  return { kind: 'pass', reason: 'ok', latencyMs: 3, detail: null, ...part }
}

describe('the bulletin', () => {
  it('gives readers what was posted last, pool by pool', () => {
    const bulletin = lay(
      [pool(0, [member(0, [0]), member(255, [0, 1])]), pool(40, [member(3, [], 'near')], 'far')],
      ['web', 'ping'],
    )
    const source = createBulletinSource(openBulletin(bulletin.memory))
    postStandings(bulletin, 0, [calm, { ...calm, verdict: 'down', pending: true, held: true, share: 0.25 }])
    postStandings(bulletin, 40, [{ ...calm, override: 'drained' }])
    postStandings(bulletin, 41, [calm])
    postOutcome(bulletin, 1, outcome({ kind: 'fail', reason: 'refused', latencyMs: 1e9 }), 123_449)
    postOutcome(bulletin, 2, outcome(), 1)
    const never = { check: 'web', heardMs: null }
    const { order: _, ...standing } = calm
    expect(source.read(0)).toMatchObject([
      { ...standing, rr: 0, pool: '', unwatched: false, checks: [never] },
      { rr: 255, verdict: 'down', pending: true, held: true, share: 0.25, override: 'none' },
    ])
    expect(source.read(0)![1]!.checks).toEqual([
      expect.objectContaining(never),
      { check: 'ping', kind: 'fail', reason: 'refused', latencyMs: 65_535, heardMs: 123_400 },
    ])
    expect(source.read(40)).toMatchObject([
      { rr: 3, pool: 'far/near', unwatched: true, override: 'drained', checks: [] },
    ])
    expect([source.read(1), source.read(41)]).toEqual([null, null])
  })

  it('tells every reason and kind apart, and a check for all of its pools', () => {
    const bulletin = lay([pool(1, [member(0, [0])]), pool(2, [member(1, [0])])], ['web'])
    const source = createBulletinSource(bulletin)
    for (const reason of reasonCodes) {
      for (const kind of ['pass', 'fail', 'inconclusive'] as const) {
        postOutcome(bulletin, 0, outcome({ kind, reason }), 1_000)
        for (const slot of [1, 2])
          expect(source.read(slot)![0]!.checks[0]).toMatchObject({ kind, reason, heardMs: 1_000 })
      }
    }
  })

  it('puts the name of a pool where it is told to, and nothing for a pool without one', () => {
    const long = 'ü'.repeat(60)
    const bulletin = lay([pool(5, [], 'busan'), pool(6, []), pool(7, [], long)], [])
    const source = createBulletinSource(bulletin)
    const out = new Uint8Array(80).fill(0x2e)
    expect([source.putName(5, out, 2), source.putName(6, out, 2), source.putName(9, out, 2)]).toEqual([7, 2, 2])
    expect(new TextDecoder().decode(out.subarray(0, 8))).toBe('..busan.')
    const end = source.putName(7, out, 0)
    // Cut at a character, not in one.
    expect(new TextDecoder('utf-8', { fatal: true }).decode(out.slice(0, end))).toBe('ü'.repeat(31))
  })

  it('holds as many checks of a member as fit, and is small', () => {
    const checks = Array.from({ length: 20 }, (_, i) => i)
    const bulletin = lay([pool(0, [member(0, checks), member(1, [19])])], checks.map(String))
    const source = createBulletinSource(bulletin)
    expect(source.read(0)!.map(({ checks }) => checks.map(({ check }) => check))).toEqual([
      checks.slice(0, memberChecksMax).map(String),
      ['19'],
    ])
    const pools = Array.from({ length: 1_000 }, (_, i) =>
      pool(
        i * 8,
        [0, 1, 2, 3].map(rr => member(rr, [rr])),
      ),
    )
    expect(lay(pools, ['a', 'b', 'c', 'd']).memory.byteLength / 4_000).toBeLessThan(16)
  })

  it('reads a check again while it is being written, and not for ever', () => {
    const bulletin = lay([pool(0, [member(0, [0])])], ['web'])
    const source = createBulletinSource(bulletin)
    postOutcome(bulletin, 0, outcome({ reason: 'slow' }), 2_000)
    const at = bulletin.words[3]!
    bulletin.words[at] = bulletin.words[at]! | 1
    expect(source.read(0)![0]!.checks[0]).toMatchObject({ reason: 'slow', heardMs: 2_000 })
  })

  it('refuses standings that are not those of the pool', () => {
    const bulletin = lay([pool(0, [member(0, [0])])], ['web'])
    expect(() => postStandings(bulletin, 0, [])).toThrow()
    expect(() => lay([pool(2, []), pool(1, [])], [])).toThrow()
  })
})

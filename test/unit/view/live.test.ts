/** What the watchers' picture holds and leaves out, and that changes between pictures add up to the next one. */
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../src/core/base/problem.ts'
import {
  changeInSteps,
  drawLiveInSteps,
  type LiveLimits,
  type LivePicture,
  liveLimits,
  wholeOf,
} from '../../../src/core/view/live.ts'
import type { PoolView, StatusView } from '../../../src/core/view/status.ts'
import { downMember, drawnStatus, finish, poolView, statusView, trackView, upMember } from '../cli/views.ts'

const at = 1_700_000_100_000

function drawLive(view: StatusView, atMs: number, limits?: LiveLimits, before?: LivePicture | null): LivePicture {
  return finish(drawLiveInSteps(drawnStatus(view, atMs), limits, before))
}

function changeBetween(before: LivePicture, after: LivePicture) {
  return finish(changeInSteps(before, after))
}

describe('the picture', () => {
  it('gives instants for ages, so that time alone changes nothing', () => {
    const before = drawLive(statusView(), at)
    const older = upMember('127.0.0.11', { checks: [trackView('127.0.0.11', { sinceMs: 201_003, lastAgoMs: 1403 })] })
    const other = upMember('127.0.0.12', { checks: [trackView('127.0.0.12', { sinceMs: 200_999, lastAgoMs: 1398 })] })
    const later = statusView({ pools: [poolView('www.demo.test.', { members: [older, other] })] })
    const after = drawLive({ ...later, server: { ...later.server, uptimeMs: 61_000 } }, at + 1000, liveLimits, before)
    expect(before.pools[0]!.members[0]!.checks[0]).toMatchObject({ sinceAt: at - 200_000, lastAt: at - 400 })
    expect(changeBetween(before, after)).toBeNull()
  })

  it('counts answers now and then, and not where nobody asks', () => {
    const asked = (first: number): PoolView =>
      poolView('www.demo.test.', {
        answers: first,
        members: [upMember('127.0.0.11', { answers: { carried: 9, first } })],
      })
    const draw = (first: number, ms: number, before: LivePicture | null) =>
      drawLive(statusView({ pools: [asked(first)] }), at + ms, liveLimits, before)
    const first = draw(0, 0, null)
    expect(first.sections.answers).toEqual({ at, firsts: {} })
    const second = draw(7, 4_900, first)
    expect(changeBetween(first, second)!.sections).toEqual({})
    const third = draw(7, 5_000, second)
    expect(third.sections.answers).toEqual({ at: at + 5_000, firsts: { 'www.demo.test. A': [7] } })
    expect(changeBetween(third, draw(7, 11_000, third))!.sections).toEqual({})
  })

  it('counts the ages of each pool from when that pool was drawn', () => {
    const drawn = drawnStatus(statusView({ pools: [poolView('a.'), poolView('b.')] }), at + 700)
    const { pools } = finish(drawLiveInSteps({ ...drawn, poolsAt: [at, at + 300] }))
    const sinceAt = pools.map(pool => pool.members[0]!.checks[0]!.sinceAt)
    expect(sinceAt).toEqual([at - 200_000, at + 300 - 200_000])
  })

  it('puts trouble first and stops at the limits', () => {
    const pools = ['a.', 'b.', 'c.'].map(owner => poolView(owner))
    const troubled = poolView('z.', { members: [upMember('127.0.0.1'), downMember('127.0.0.2')] })
    const limits = { ...liveLimits, poolsMax: 2 }
    const { pools: shown, sections } = drawLive(statusView({ pools: [...pools, troubled] }), at, limits)
    expect(shown.map(pool => pool.owner)).toEqual(['z.', 'a.'])
    expect(sections.pools).toEqual({ total: 4, shown: 2 })
    const few = { ...liveLimits, membersMax: 5 }
    expect(drawLive(statusView({ pools }), at, few).pools).toHaveLength(2)
    const none = { ...liveLimits, membersMax: 1 }
    expect(drawLive(statusView({ pools }), at, none).pools).toHaveLength(1)
  })

  it('keeps the zones of what is shown when there are too many', () => {
    const names = ['a.test.', 'b.test.', 'demo.test.']
    const zones = names.map(name => ({ name, file: `${name}yaml`, serial: 1, rrsets: 3 }))
    const limits = { ...liveLimits, zonesMax: 2 }
    const { zones: shown } = drawLive(statusView({ zones }), at, limits).sections
    expect(shown).toMatchObject({ total: 3, shown: [{ name: 'demo.test.' }, { name: 'a.test.' }] })
  })

  it('cuts the problems of a refused reload and says how many there were', () => {
    const span = { file: 'a.yaml', line: 1, column: 1, endColumn: 2 }
    const problem: Problem = { code: 'unknown-key', severity: 'error', span, text: 'no such key', hint: null }
    const warning: Problem = { ...problem, code: 'rise-one', severity: 'warning' }
    const problems = [warning, ...Array.from({ length: 49 }, () => problem)]
    const { reload } = drawLive(statusView({ reload: { ...statusView().reload, ok: false, problems } }), at).sections
    expect(reload.problems.map(each => each.severity)).not.toContain('warning')
    expect({ ok: reload.ok, kept: reload.problems.length, all: reload.problemsTotal }).toEqual({
      ok: false,
      kept: liveLimits.problemsMax,
      all: 50,
    })
  })
})

describe('a change', () => {
  it('holds what differs, and nothing else', () => {
    const before = drawLive(statusView({ pools: [poolView('a.'), poolView('b.')] }), at)
    const short = poolView('b.', { eligible: 1, members: [upMember('127.0.0.11'), downMember('127.0.0.12')] })
    const after = {
      ...drawLive(statusView({ pools: [poolView('a.'), short], counters: { queries: 13 } }), at),
      at: at + 500,
    }
    const change = changeBetween(before, after)!
    expect(change).toMatchObject({ at: at + 500, whole: false, sections: { queries: 13 }, gone: [] })
    expect(change.pools.map(pool => pool.key)).toEqual(['b. A'])
    expect(Object.keys(change.sections)).toEqual(['queries'])
  })

  it('taken in one after the other makes the last picture', () => {
    const rule = (pool: string) => ({ pool, subnets: [`10.${pool.length}.0.0/16`], others: false })
    const pictures = [
      statusView({ pools: [poolView('a.'), poolView('b.', { rule: rule('east') })] }),
      statusView({ pools: [poolView('b.', { rule: rule('east') }), poolView('b.', { rule: rule('west!') })] }),
      statusView({
        pools: [poolView('b.', { rule: rule('west!'), ttl: 5 })],
        zones: [],
        freeze: { cause: 'many-down', sinceMs: 5, thawInMs: 9 },
      }),
      statusView({ pools: [] }),
    ].map((view, i) => drawLive(view, at + i * 1000))
    let known: LivePicture = { ...pictures[0]!, ...wholeOf(pictures[0]!, at) } as LivePicture
    for (const [i, picture] of pictures.slice(1).entries()) {
      const change = changeBetween(pictures[i]!, picture)!
      const pools = new Map(known.pools.map(pool => [pool.key, pool]))
      for (const key of change.gone) pools.delete(key)
      for (const pool of change.pools) pools.set(pool.key, pool)
      known = { at: change.at, sections: { ...known.sections, ...change.sections }, pools: [...pools.values()] }
      expect(known).toEqual(picture)
    }
  })
})

describe('steps', () => {
  it('of a picture look at one pool each, and then draw one each', () => {
    const count = 40
    const touched = new Set<number>()
    const pools = Array.from({ length: count }, (_, i) => {
      const { members, ...pool } = poolView(`p${i}.`)
      const property = { enumerable: true, get: () => touched.add(i) && members }
      return Object.defineProperty(pool, 'members', property) as PoolView
    })
    const sizes: number[] = []
    const steps = drawLiveInSteps(drawnStatus(statusView({ pools }), at))
    for (let isOver = false; !isOver; sizes.push(touched.size)) {
      touched.clear()
      isOver = steps.next().done === true
    }
    expect(sizes.filter(size => size === 1)).toHaveLength(2 * count - 1)
    // What was chosen is added up once, and counts of answers are looked at last.
    expect(sizes.length).toBeLessThanOrEqual(2 * count + 3)
  })

  it('of a change compare one pool each', () => {
    const picture = (ttl: number): LivePicture =>
      drawLive(statusView({ pools: Array.from({ length: 40 }, (_, i) => poolView(`p${i}.`, { ttl })) }), at)
    const [before, after] = [picture(5), picture(6)]
    let asked = 0
    let most = 0
    const watched = after.pools.map(pool => ({ ...pool, toJSON: () => ({ asked: ++asked }) }))
    const steps = changeInSteps(before, { ...after, pools: watched })
    for (let isOver = false; !isOver; ) {
      const askedBefore = asked
      isOver = steps.next().done === true
      most = Math.max(most, asked - askedBefore)
    }
    expect({ asked, most }).toEqual({ asked: 40, most: 1 })
  })
})

/** Live pictures for tests of the page, drawn by the core from pictures of a server. */
import {
  changeInSteps,
  drawLiveInSteps,
  type LiveChange,
  type LivePicture,
  type LivePool,
  wholeOf,
} from '../../../src/core/view/live.ts'
import type { PoolView, StatusView } from '../../../src/core/view/status.ts'
import { drawnStatus, finish, poolView, statusView } from '../cli/views.ts'

export const at = 1_700_000_100_000

export function livePool(changes: Partial<PoolView> = {}, owner = 'www.demo.test.'): LivePool {
  return draw({ pools: [poolView(owner, changes)] }, at).pools[0]!
}

export function whole(view: Partial<StatusView> = {}, atMs = at): LiveChange {
  return wholeOf(draw(view, atMs), atMs)
}

export function change(before: Partial<StatusView>, after: Partial<StatusView>, atMs: number): LiveChange {
  return finish(changeInSteps(draw(before, atMs), draw(after, atMs)))!
}

function draw(view: Partial<StatusView>, atMs: number): LivePicture {
  return finish(drawLiveInSteps(drawnStatus(statusView(view), atMs)))
}

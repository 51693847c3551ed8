/** Live pictures for tests of the page, drawn by the core from pictures of a server. */
import { changeBetween, drawLive, type LiveChange, type LivePool, wholeOf } from '../../../src/core/view/live.ts'
import type { PoolView, StatusView } from '../../../src/core/view/status.ts'
import { poolView, statusView } from '../cli/views.ts'

export const at = 1_700_000_100_000

export function livePool(changes: Partial<PoolView> = {}, owner = 'www.demo.test.'): LivePool {
  return drawLive(statusView({ pools: [poolView(owner, changes)] }), at).pools[0]!
}

export function whole(view: Partial<StatusView> = {}, atMs = at): LiveChange {
  return wholeOf(drawLive(statusView(view), atMs))
}

export function change(before: Partial<StatusView>, after: Partial<StatusView>, atMs: number): LiveChange {
  return changeBetween(drawLive(statusView(before), atMs), drawLive(statusView(after), atMs))!
}

/**
 * Transfers as an answering thread sends them: the core makes messages, here they get the time, and control is told of
 * each. Who asks decides how often that is, so of each outcome it is told at most so many times a second; the next
 * telling of that outcome says how many were left out.
 */
import type { Live } from '../core/answer/live.ts'
import type { Clock, TakeFeed } from '../core/ports.ts'
import type { TransferNews } from '../core/transfer/news.ts'

/** What control hears of a transfer. */
export interface TransferReport extends TransferNews {
  /** From the first message to the last; 0 where there was one. */
  readonly ms: number
  /** Others with this outcome since the last that was told. */
  readonly untold: number
}

/** Told of one outcome in one second. */
const toldMax = 20
const windowMs = 1_000

interface Window {
  sinceMs: number
  told: number
  untold: number
}

export interface Feeds {
  readonly takeFeed: TakeFeed
  readonly tell: (news: TransferNews) => void
}

export function createFeeds(live: Live, clock: Clock, report: (transfer: TransferReport) => void): Feeds {
  const windows = { done: createWindow(), failed: createWindow(), refused: createWindow() }
  const tellOf = (news: TransferNews, ms: number): void => {
    const window = windows[news.outcome]
    const nowMs = clock.now()
    if (nowMs - window.sinceMs >= windowMs) {
      window.sinceMs = nowMs
      window.told = 0
    }
    if (window.told === toldMax) {
      window.untold++
      return
    }
    window.told++
    report({ ...news, ms, untold: window.untold })
    window.untold = 0
  }
  return {
    takeFeed: () => {
      const { sending } = live.desk
      live.desk.sending = null
      if (sending === null) return null
      const sinceMs = clock.now()
      return {
        next: out => sending.next(out, Math.floor(clock.wall() / 1000)),
        close: () => tellOf(sending.close(), Math.round(clock.now() - sinceMs)),
      }
    },
    tell: news => tellOf(news, 0),
  }
}

function createWindow(): Window {
  return { sinceMs: Number.NEGATIVE_INFINITY, told: 0, untold: 0 }
}

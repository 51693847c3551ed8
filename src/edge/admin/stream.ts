/**
 * What happens, as it happens, to those who keep a connection open: Server-Sent Events (HTML standard, section 9.2).
 * First `status` with the whole picture and `history` with the newest events, then `status` with what changed and
 * `journal` for each event. The picture is drawn for all watchers at once, for nobody while there are none, and like
 * every message in short steps.
 * Invariants: a watcher costs a bounded amount of memory; who does not read is let go, and asks again. Work on pictures
 * is done one piece after the other, so nobody joins between a picture and the change that leads to it.
 */
import type { ServerResponse } from 'node:http'
import type { RecordedEvent } from '../../core/view/events.ts'
import {
  changeInSteps,
  drawLiveInSteps,
  type LiveChange,
  type LivePicture,
  liveLimits,
  wholeOf,
} from '../../core/view/live.ts'
import type { DrawnStatus } from '../../core/view/status.ts'
import type { Steps, Turns } from '../turns.ts'
import { type News, openNews } from './news.ts'
import { jsonInSteps } from './page.ts'

export interface StreamSources {
  readonly statusInSteps: () => Steps<DrawnStatus>
  readonly events: () => readonly RecordedEvent[]
  /** Tells of each event from now on; returns how to stop. */
  readonly follow: (ear: (recorded: RecordedEvent) => void) => () => void
}

export const streamLimits = {
  watchersMax: 16,
  /** Between two looks at the picture, at least. */
  lookMs: 500,
  /** A look may take this part of the time at most: after one that took 100 ms the next is two seconds away. */
  lookShare: 0.05,
  heartbeatMs: 5_000,
  /** Octets that wait for a reader before he is let go, beyond the one message that is being sent. */
  waitingOctetsMax: 1_048_576,
  historyEvents: 200,
  /** Events that wait to be sent. Where one moment brings more, the newest are sent anew as history. */
  newsMax: 10_000,
} as const

export type StreamLimits = Readonly<Record<keyof typeof streamLimits, number>>

export interface Streams {
  /**
   * Takes over the response, whose head was not sent yet; false if there are too many. Rejects where the first picture
   * cannot be drawn or nobody waits for it any more: then nothing was sent.
   */
  open(response: ServerResponse, head: Readonly<Record<string, string>>): Promise<boolean>
  /** Ends every stream; further ones are refused. */
  close(): void
}

/** A comment for what lies between, and an event for the page, which does not get to see comments. */
const heartbeat = Buffer.from(': still here\nevent: beat\ndata: {}\n\n')

interface Watcher {
  readonly response: ServerResponse
  /** Octets of the messages that were not sent yet, the oldest first. */
  readonly unsent: number[]
}

/** What runs while somebody watches. */
interface Watch {
  picture: LivePicture
  readonly news: News
  readonly beating: ReturnType<typeof setInterval>
  look: ReturnType<typeof setTimeout> | null
}

export function createStreams(
  { statusInSteps, events, follow }: StreamSources,
  turns: Turns,
  limits: StreamLimits = streamLimits,
): Streams {
  const watchers = new Set<Watcher>()
  /** Watchers, and those who wait for their first picture. */
  let places = 0
  let watch: Watch | null = null
  let closed = false

  const leave = (watcher: Watcher): void => {
    if (!watchers.delete(watcher) || watchers.size > 0 || watch === null) return
    if (watch.look !== null) clearTimeout(watch.look)
    clearInterval(watch.beating)
    watch.news.close()
    watch = null
  }
  const send = (watcher: Watcher, octets: Uint8Array): void => {
    const { response, unsent } = watcher
    if (response.writableLength - (unsent[0] ?? 0) > limits.waitingOctetsMax) {
      leave(watcher)
      response.destroy()
      return
    }
    unsent.push(octets.length)
    response.write(octets, () => void unsent.shift())
  }
  const sendAll = (octets: Uint8Array): void => {
    for (const watcher of [...watchers]) send(watcher, octets)
  }
  const history = (unsent: number): Uint8Array => {
    const recorded = events()
    return formatMessage('history', recorded.slice(0, recorded.length - unsent).slice(-limits.historyEvents))
  }
  const begin = (picture: LivePicture, spentMs: number): Watch => {
    const beating = setInterval(() => sendAll(heartbeat), limits.heartbeatMs)
    const news = openNews(follow, limits.newsMax, {
      tell: recorded => sendAll(formatMessages('journal', recorded)),
      tellAnew: () => sendAll(history(0)),
    })
    const begun: Watch = { picture, news, beating, look: null }
    lookAgain(begun, spentMs)
    return begun
  }
  /** `spentMs`: what the look took that is over now. */
  const lookAgain = (current: Watch, spentMs: number): void => {
    const inMs = Math.max(limits.lookMs, spentMs / limits.lookShare)
    current.look = setTimeout(() => void lookNow(current), inMs)
  }
  const lookNow = async (current: Watch): Promise<void> => {
    const timer = createTimer()
    // A picture that cannot be drawn is a fault of ours, which /api/v1/status tells whoever asks.
    await turns.take(timer.time(look(current)), () => watch !== current).catch(() => undefined)
    if (watch === current) lookAgain(current, timer.spentMs())
  }
  function* look(current: Watch): Steps<void> {
    const next = yield* drawLiveInSteps(yield* statusInSteps(), liveLimits, current.picture)
    const change = yield* changeInSteps(current.picture, next)
    const message = change === null ? null : yield* formatInSteps(change)
    current.picture = next
    if (message !== null) sendAll(message)
  }
  /** The last step has him join, so that every change from here on reaches him. */
  function* join(watcher: Watcher, head: Readonly<Record<string, string>>): Steps<void> {
    const timer = createTimer()
    const picture = watch?.picture ?? (yield* timer.time(drawFirst()))
    const message = yield* formatInSteps(wholeOf(picture, Date.now()))
    watch ??= begin(picture, timer.spentMs())
    const unsent = watch.news.waiting()
    watchers.add(watcher)
    watcher.response.writeHead(200, head)
    send(watcher, message)
    send(watcher, history(unsent))
  }
  function* drawFirst(): Steps<LivePicture> {
    return yield* drawLiveInSteps(yield* statusInSteps())
  }
  return {
    open: async (response, head) => {
      if (closed || places >= limits.watchersMax) return false
      places++
      const watcher: Watcher = { response, unsent: [] }
      // Nobody waits for the writes, so nobody else would hear that one failed; `close` follows.
      response.on('error', () => undefined)
      response.once('close', () => {
        places--
        leave(watcher)
      })
      await turns.take(join(watcher, head), () => closed || response.destroyed)
      return true
    },
    close: () => {
      closed = true
      for (const watcher of [...watchers]) {
        leave(watcher)
        watcher.response.end()
      }
    },
  }
}

interface Timer {
  /** The same steps. */
  time<T>(steps: Steps<T>): Steps<T>
  /** What they took, without the time of others in between. */
  spentMs(): number
}

function createTimer(): Timer {
  let spentMs = 0
  return {
    time: function* (steps) {
      for (;;) {
        const beganMs = performance.now()
        const step = steps.next()
        spentMs += performance.now() - beganMs
        if (step.done === true) return step.value
        yield
      }
    },
    spentMs: () => spentMs,
  }
}

/** JSON has no line breaks of its own, so one `data:` line carries it. */
function* formatInSteps({ pools, gone, ...rest }: LiveChange): Steps<Uint8Array> {
  const body = yield* jsonInSteps(rest, { pools, gone })
  return Buffer.concat([Buffer.from('event: status\ndata: '), ...body, Buffer.from('\n')])
}

function formatMessage(event: 'history', value: unknown): Uint8Array {
  return formatMessages(event, [value])
}

function formatMessages(event: 'history' | 'journal', values: readonly unknown[]): Uint8Array {
  return Buffer.from(values.map(value => `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`).join(''))
}

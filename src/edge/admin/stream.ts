/**
 * What happens, as it happens, to those who keep a connection open: Server-Sent Events (HTML standard, section 9.2).
 * First `status` with the whole picture and `history` with the newest events, then `status` with what changed and
 * `journal` for each event. The picture is drawn for all watchers at once, and for nobody while there are none.
 * Invariant: a watcher costs a bounded amount of memory; who does not read is let go, and asks again.
 */
import type { ServerResponse } from 'node:http'
import type { RecordedEvent } from '../../core/view/events.ts'
import { changeBetween, drawLive, type LivePicture, liveLimits, wholeOf } from '../../core/view/live.ts'
import type { StatusView } from '../../core/view/status.ts'

export interface StreamSources {
  readonly status: () => StatusView
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
} as const

export interface Streams {
  /** Takes over the response, whose head was not sent yet; false if there are too many. */
  open(response: ServerResponse, head: Readonly<Record<string, string>>): boolean
  /** Ends every stream; further ones are refused. */
  close(): void
}

/** A comment for what lies between, and an event for the page, which does not get to see comments. */
const heartbeat = ': still here\nevent: beat\ndata: {}\n\n'

interface Watcher {
  readonly response: ServerResponse
}

export function createStreams(
  { status, events, follow }: StreamSources,
  limits: Readonly<Record<keyof typeof streamLimits, number>> = streamLimits,
): Streams {
  const watchers = new Set<Watcher>()
  let picture: LivePicture | null = null
  let closed = false
  let look: ReturnType<typeof setTimeout> | null = null
  let beating: ReturnType<typeof setInterval> | null = null
  let unfollow: (() => void) | null = null

  const leave = (watcher: Watcher): void => {
    if (!watchers.delete(watcher) || watchers.size > 0) return
    if (look !== null) clearTimeout(look)
    if (beating !== null) clearInterval(beating)
    unfollow?.()
    picture = look = beating = unfollow = null
  }
  const send = (watcher: Watcher, text: string): void => {
    const { response } = watcher
    if (response.writableLength > limits.waitingOctetsMax) {
      leave(watcher)
      response.destroy()
    } else {
      response.write(text)
    }
  }
  const sendAll = (text: string): void => {
    for (const watcher of [...watchers]) send(watcher, text)
  }
  /** `beganMs`: when the look began that is over now. */
  const lookAgain = (beganMs: number): void => {
    look = setTimeout(lookNow, Math.max(limits.lookMs, (performance.now() - beganMs) / limits.lookShare))
  }
  const lookNow = (): void => {
    const beganMs = performance.now()
    try {
      const next = drawLive(status(), Date.now(), liveLimits, picture)
      const change = picture === null ? wholeOf(next) : changeBetween(picture, next)
      picture = next
      if (change !== null) sendAll(formatMessage('status', change))
    } catch {
      // A picture that cannot be drawn is a fault of ours, which /api/v1/status tells whoever asks.
    }
    if (watchers.size > 0) lookAgain(beganMs)
  }
  const begin = (): void => {
    const beganMs = performance.now()
    picture = drawLive(status(), Date.now())
    lookAgain(beganMs)
    beating = setInterval(() => sendAll(heartbeat), limits.heartbeatMs)
    unfollow = follow(recorded => sendAll(formatMessage('journal', recorded)))
  }
  return {
    open: (response, head) => {
      if (closed || watchers.size >= limits.watchersMax) return false
      // Drawn before the head is sent: what goes wrong in it is an answer with 500.
      if (watchers.size === 0) begin()
      const watcher: Watcher = { response }
      watchers.add(watcher)
      response.once('close', () => leave(watcher))
      // Nobody waits for the writes, so nobody else would hear that one failed; `close` follows.
      response.on('error', () => undefined)
      response.writeHead(200, head)
      send(watcher, formatMessage('status', wholeOf(picture!)))
      send(watcher, formatMessage('history', events().slice(-limits.historyEvents)))
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

/** JSON has no line breaks of its own, so one `data:` line carries it. */
function formatMessage(event: 'status' | 'history' | 'journal', value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`
}

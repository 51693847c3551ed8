/**
 * The stream from the server, kept up: opened again after a loss, ever more slowly, and at once when the browser says
 * that the network is back or the page is looked at again. A stream on which not even a heartbeat comes is a lost one.
 */
import type { RecordedEvent } from '../src/core/view/events.ts'
import type { LiveChange } from '../src/core/view/live.ts'
import type { Message } from './model.ts'

export type Link = 'connecting' | 'connected' | 'lost'

export interface Listener {
  onLink(link: Link): void
  onMessage(message: Message): void
}

const retryFirstMs = 500
const retryMostMs = 10_000
/** Three heartbeats of the server's. */
const silenceMs = 15_000

/** Returns how to end it. */
export function connect(url: string, { onLink, onMessage }: Listener): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let waitMs = retryFirstMs
  let silence: ReturnType<typeof setTimeout> | null = null

  const drop = (): void => {
    source?.close()
    source = null
    if (timer !== null) clearTimeout(timer)
    if (silence !== null) clearTimeout(silence)
    timer = silence = null
  }
  const lose = (): void => {
    drop()
    onLink('lost')
    timer = setTimeout(open, waitMs)
    waitMs = Math.min(waitMs * 2, retryMostMs)
  }
  const hearSomething = (): void => {
    if (silence !== null) clearTimeout(silence)
    silence = setTimeout(lose, silenceMs)
  }
  const open = (): void => {
    drop()
    const opened = new EventSource(url)
    source = opened
    hearSomething()
    opened.addEventListener('status', event => {
      waitMs = retryFirstMs
      onLink('connected')
      onMessage({ kind: 'status', change: parse<LiveChange>(event), hereAt: Date.now() })
    })
    opened.addEventListener('history', event => {
      onMessage({ kind: 'history', events: parse<readonly RecordedEvent[]>(event) })
    })
    opened.addEventListener('journal', event => onMessage({ kind: 'journal', recorded: parse<RecordedEvent>(event) }))
    for (const name of ['status', 'journal', 'beat']) opened.addEventListener(name, hearSomething)
    // The browser's own retries give up for good at the first answer that is no stream; ours do not.
    opened.addEventListener('error', lose)
  }
  const hurry = (): void => {
    if (source === null && document.visibilityState === 'visible') open()
  }
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
  onLink('connecting')
  open()
  return () => {
    window.removeEventListener('online', hurry)
    document.removeEventListener('visibilitychange', hurry)
    drop()
  }
}

function parse<T>(event: Event): T {
  return JSON.parse((event as MessageEvent<string>).data) as T
}

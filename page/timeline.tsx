/**
 * What happened, the newest first, and the same said aloud: transitions and orders go to a live region, one sentence
 * for each, or their number when there are many at once.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { RecordedEvent } from '../src/core/view/events.ts'
import { Mark } from './marks.tsx'
import type { Model } from './model.ts'
import { type Telling, tell } from './words.ts'

const shownFirst = 40

interface Told {
  readonly at: number
  readonly telling: Telling
}

export function Timeline({ model }: { readonly model: Model }) {
  const [all, setAll] = useState(false)
  const told = tellAll(model.events)
  const shown = all ? told : told.slice(0, shownFirst)
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {told.length === 0 && <p class="muted">Nothing happened yet.</p>}
      <ol class="timeline">
        {shown.map(({ at, telling }, i) => (
          <li key={`${at} ${told.length - i}`}>
            <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
              {formatClock(at)}
            </time>
            <span class={`stated tone-${telling.tone}`}>
              <Mark tone={telling.tone} /> {telling.label}
            </span>
            <span class="told">{telling.text}</span>
          </li>
        ))}
      </ol>
      {told.length > shown.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show {told.length - shown.length} earlier
        </button>
      )}
    </section>
  )
}

/** Within so long, more than `spokenMax` events are said as one number. */
const gatherMs = 800
const spokenMax = 3
const spokenKinds: ReadonlySet<string> = new Set(['transition', 'override', 'freeze', 'thaw', 'refused', 'installed'])

export function LiveRegion({ model, said }: { readonly model: Model; readonly said: string }) {
  const [text, setText] = useState('')
  const heard = useRef(0)
  useEffect(() => {
    const timer = setTimeout(() => {
      const fresh = model.events.slice(0, model.eventsSeen - heard.current)
      heard.current = model.eventsSeen
      const told = tellAll(fresh.filter(({ event }) => spokenKinds.has(event.kind))).toReversed()
      if (told.length === 0) return
      const sentences = told.map(({ telling }) => telling.text)
      setText(told.length <= spokenMax ? sentences.join('. ') : `${told.length} changes, the last: ${sentences.at(-1)}`)
    }, gatherMs)
    return () => clearTimeout(timer)
  }, [model.eventsSeen])
  return (
    <>
      <div class="unseen" role="log" aria-live="polite" aria-label="Transitions">
        {text}
      </div>
      <div class="unseen" role="status">
        {said}
      </div>
    </>
  )
}

function tellAll(events: readonly RecordedEvent[]): readonly Told[] {
  return events.flatMap(({ at, event }) => {
    const telling = tell(event)
    return telling === null ? [] : [{ at, telling }]
  })
}

function formatClock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB')
}

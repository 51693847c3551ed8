/**
 * A state as a shape, a colour and a word, so that none of them carries it alone. The shape is for the eye; the word is
 * in the text beside it or, where there is no room, for those who listen.
 */
import type { State, Tone } from './health.ts'

const shapes: Readonly<Record<Tone, string>> = {
  good: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z',
  doubt: 'M6 .6 11.6 11H.4z',
  bad: 'M1 3 3 1l3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z',
  taken: 'M2 1h3v10H2zM7 1h3v10H7z',
  plain: 'M6 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
}

export function Mark({ tone }: { readonly tone: Tone }) {
  return (
    <svg class={`mark tone-${tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
      <path d={shapes[tone]} />
    </svg>
  )
}

export function Stated({ state }: { readonly state: State }) {
  return (
    <span class={`stated tone-${state.tone}`}>
      <Mark tone={state.tone} /> {state.word}
    </span>
  )
}

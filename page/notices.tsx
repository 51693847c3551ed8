/**
 * What an operator must know before anything else, each as one line: files that were refused, removals that are frozen,
 * checks that cannot run, state that cannot be kept. Nothing where all is well.
 */
import type { LiveSections } from '../src/core/view/live.ts'
import type { Tone } from './health.ts'
import { Mark } from './marks.tsx'
import { formatAge } from './words.ts'

interface Notice {
  readonly tone: Tone
  readonly text: string
  readonly lines: readonly string[]
}

export function Notices({ sections, nowAt }: { readonly sections: LiveSections; readonly nowAt: number }) {
  const notices = noticesOf(sections, nowAt)
  if (notices.length === 0) return null
  return (
    <section aria-label="Notices" class="notices">
      <ul>
        {notices.map(({ tone, text, lines }) => (
          <li key={text.slice(0, 24)} class={`notice tone-edge-${tone}`}>
            <span class={`stated tone-${tone}`}>
              <Mark tone={tone} /> {text}
            </span>
            {lines.length > 0 && (
              <ul class="problems">
                {lines.map(line => (
                  <li key={line}>
                    <code>{line}</code>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function noticesOf(
  { server, reload, freeze, checks, state, sentinels }: LiveSections,
  nowAt: number,
): readonly Notice[] {
  const notices: Notice[] = []
  const add = (tone: Tone, text: string, lines: readonly string[] = []): void =>
    void notices.push({ tone, text, lines })
  if (!server.ready) add('doubt', 'Not ready: starting or stopping')
  if (!reload.ok) {
    const errors = reload.problems.filter(({ severity }) => severity === 'error')
    const lines = errors.map(({ span, text }) => `${span.file}:${span.line}:${span.column} ${text}`)
    const left = reload.problemsTotal - lines.length
    const more = left > 0 ? [`and ${left} more, with hints from robin check`] : []
    add('bad', `Zone files refused; generation ${reload.generation} is still served`, [...lines, ...more])
  }
  if (freeze !== null) {
    const end = freeze.thawAt === null ? '' : `, at most ${formatAge(freeze.thawAt - nowAt)} more`
    add(
      'bad',
      `Removals frozen for ${formatAge(nowAt - freeze.sinceAt)} (${freeze.cause})${end}: what turned down is still answered`,
    )
  }
  const down = sentinels.filter(({ verdict }) => verdict === 'down').map(({ target }) => target)
  if (down.length > 0) add('doubt', `Sentinels down: ${down.join(', ')}`)
  for (const { protocol, reason, remedy } of checks.broken)
    add('bad', `${protocol} checks cannot run: ${reason}`, [remedy])
  if (state !== null && state.trouble !== null) add('bad', `State cannot be kept in ${state.folder}: ${state.trouble}`)
  return notices
}

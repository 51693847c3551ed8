/**
 * The operator's word, given in a dialog: whom, how long and why, the token if it is not known yet. What would leave a
 * service short is refused by the server first, with the names, and given by force only in a second step.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Mark } from './marks.tsx'
import type { Intent } from './member.tsx'
import { forgetCredentials, giveOverride, giveRelease, keepCredentials, type Reply, readCredentials } from './orders.ts'
import { shortName } from './words.ts'

export interface OrderDialogProps {
  readonly intent: Intent
  readonly tokenFile: string | null
  /** `done` says whom the order was given on; null: nothing was ordered. */
  readonly close: (done: { readonly target: string; readonly text: string; readonly leaves: boolean } | null) => void
}

type Override = 'drained' | 'forced-down' | 'forced-up'

const words: Readonly<Record<Override, { readonly verb: string; readonly done: string }>> = {
  drained: { verb: 'Drain', done: 'drained' },
  'forced-down': { verb: 'Force down', done: 'forced down' },
  'forced-up': { verb: 'Force up', done: 'forced up' },
}

const minuteMs = 60_000
const spans: readonly (readonly [label: string, forMs: number | null])[] = [
  ['until released', null],
  ['for 30 minutes', 30 * minuteMs],
  ['for 2 hours', 120 * minuteMs],
  ['for 1 day', 1_440 * minuteMs],
]

export function OrderDialog({ intent, tokenFile, close }: OrderDialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const kept = useRef(readCredentials())
  const done = useRef<Parameters<OrderDialogProps['close']>[0]>(null)
  const [needsToken, setNeedsToken] = useState(kept.current === null)
  const [override, setOverride] = useState<Override>('drained')
  const [everywhere, setEverywhere] = useState(true)
  const [span, setSpan] = useState(0)
  const [reason, setReason] = useState('')
  const [token, setToken] = useState('')
  const [author, setAuthor] = useState(kept.current?.author ?? '')
  const [reply, setReply] = useState<Reply | null>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => box.current?.showModal(), [])

  const releases = intent.verb === 'release'
  const target = releases
    ? intent.target!
    : everywhere
      ? intent.address
      : `${shortName(intent.owner)}=${intent.address}`
  const hurts = reply?.kind === 'would-hurt'
  const verb = releases ? 'Release' : words[override].verb

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const credentials = needsToken ? { token: token.trim(), author: author.trim() } : kept.current!
    const forMs = spans[span]![1]
    const order = {
      target,
      override,
      reason: reason.trim(),
      ...(forMs === null ? {} : { forMs }),
      ...(hurts ? { force: true } : {}),
    }
    const got = await (releases ? giveRelease(target, credentials) : giveOverride(order, credentials))
    setBusy(false)
    setReply(got)
    if (got.kind === 'no-token') {
      setNeedsToken(true)
      return
    }
    // Whatever else is said of the order, the token was right.
    if (got.kind !== 'refused' || needsToken === false) keepCredentials(credentials)
    kept.current = readCredentials()
    setNeedsToken(kept.current === null)
    if (got.kind !== 'done') return
    const said = releases ? 'released' : words[override].done
    done.current = { target, text: `${target} is ${said}`, leaves: !releases && override !== 'forced-up' }
    box.current?.close()
  }
  /** Another order than the one that was refused is another question. */
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      set(value)
      setReply(null)
    }

  return (
    <dialog ref={box} class="order" aria-labelledby="order-title" onClose={() => close(done.current)}>
      <form aria-labelledby="order-title" onSubmit={event => void submit(event)}>
        <h2 id="order-title">
          {releases ? 'Release' : 'Order on'} {releases ? target : intent.address}
        </h2>
        {!releases && (
          <>
            <fieldset>
              <legend>Whom</legend>
              <label class="choice">
                <input type="radio" name="scope" checked={everywhere} onChange={() => change(setEverywhere)(true)} />
                <span>
                  <code>{intent.address}</code> in every service
                </span>
              </label>
              <label class="choice">
                <input type="radio" name="scope" checked={!everywhere} onChange={() => change(setEverywhere)(false)} />
                <span>only in {shortName(intent.owner)}</span>
              </label>
            </fieldset>
            <div class="pair">
              <label>
                Order
                <select value={override} onChange={event => change(setOverride)(event.currentTarget.value as Override)}>
                  <option value="drained">Drain</option>
                  <option value="forced-down">Force down</option>
                  <option value="forced-up">Force up</option>
                </select>
              </label>
              <label>
                How long
                <select value={span} onChange={event => setSpan(Number(event.currentTarget.value))}>
                  {spans.map(([label], at) => (
                    <option key={label} value={at}>
                      {label}
                    </option>
                  ))}
                </select>
              </label>
            </div>
            <label>
              Reason
              <input
                value={reason}
                maxLength={200}
                onInput={event => setReason(event.currentTarget.value)}
                placeholder="shown to everyone who looks"
                autocomplete="off"
              />
            </label>
          </>
        )}
        {needsToken ? (
          <div class="credentials">
            <label>
              Admin token
              <input
                type="password"
                required
                autocomplete="off"
                value={token}
                onInput={event => setToken(event.currentTarget.value)}
                aria-describedby="token-note"
              />
            </label>
            <p id="token-note" class="muted">
              {tokenFile === null ? (
                ''
              ) : (
                <>
                  One line in <code>{tokenFile}</code> on the server.{' '}
                </>
              )}
              Kept until this tab is closed.
            </p>
            <label>
              Your name
              <input
                value={author}
                maxLength={100}
                onInput={event => setAuthor(event.currentTarget.value)}
                placeholder="goes into the journal"
                autocomplete="username"
              />
            </label>
          </div>
        ) : (
          <p class="muted">
            Ordered as {kept.current?.author || 'nobody by name'}.{' '}
            <button
              type="button"
              class="link"
              onClick={() => {
                forgetCredentials()
                setNeedsToken(true)
              }}
            >
              Forget the token
            </button>
          </p>
        )}
        <div role="alert">{reply !== null && <Refusal reply={reply} />}</div>
        <div class="buttons">
          <button type="button" onClick={() => box.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={hurts ? 'grave' : 'main'} disabled={busy}>
            {hurts ? `${verb} anyway` : verb}
          </button>
        </div>
      </form>
    </dialog>
  )
}

function Refusal({ reply }: { readonly reply: Reply }) {
  if (reply.kind === 'done') return null
  if (reply.kind === 'no-token')
    return (
      <p class="tone-bad">
        <Mark tone="bad" /> The server did not accept this token.
      </p>
    )
  if (reply.kind === 'refused')
    return (
      <p class="tone-bad">
        <Mark tone="bad" /> {reply.text}
      </p>
    )
  return (
    <div class="refusal">
      <p class="tone-bad">
        <Mark tone="bad" /> Refused: these would have fewer healthy members than their floor.
      </p>
      <ul>
        {reply.pools.map(pool => (
          <li key={pool}>
            <code>{pool}</code>
          </li>
        ))}
      </ul>
    </div>
  )
}

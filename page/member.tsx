/**
 * One member of a service: what is thought of it, on what evidence, how long its probes take, which part of the answers
 * it gets, and the operator's word on it.
 */
import type { LiveMember, LivePool, LiveTrack } from '../src/core/view/live.ts'
import { stateOfMember } from './health.ts'
import { Stated } from './marks.tsx'
import { type Latency, trackKey } from './model.ts'
import { Spark } from './spark.tsx'
import {
  describeFailures,
  describeOutcome,
  formatAge,
  formatAgo,
  formatLatency,
  formatShare,
  shortName,
} from './words.ts'

/** What an operator is about to do. */
export interface Intent {
  readonly verb: 'override' | 'release'
  readonly address: string
  readonly owner: string
  /** The standing order's target, for a release. */
  readonly target: string | null
}

export interface MemberProps {
  readonly pool: LivePool
  readonly member: LiveMember
  readonly share: number
  /** Whether the share is one of answers that were given, or what is to be expected. */
  readonly counted: boolean
  readonly nowAt: number
  readonly latencies: ReadonlyMap<string, readonly Latency[]>
  readonly scheme: string
  /** Null where nothing can be ordered. */
  readonly intend: ((intent: Intent) => void) | null
}

export function Member({ pool, member, share, counted, nowAt, latencies, scheme, intend }: MemberProps) {
  const { address, checks, order, weight } = member
  const tier = member.pool ?? (member.tier > 0 ? `tier ${member.tier + 1}` : null)
  const since = checks.length === 0 ? null : Math.max(...checks.map(check => check.sinceAt))
  return (
    <li class="member" data-address={address}>
      <div class="member-name">
        <code>{address}</code>
        {tier !== null && <span class="chip">{tier}</span>}
      </div>
      <div class="member-state">
        <Stated state={stateOfMember(member)} />
        {since !== null && order === null && <span class="muted"> for {formatAge(nowAt - since)}</span>}
        {order !== null && <OrderNote member={member} nowAt={nowAt} />}
      </div>
      <ul class="evidence" aria-label={`evidence on ${address}`}>
        {checks.map(check => (
          <Evidence
            key={trackKey(check)}
            address={address}
            check={check}
            nowAt={nowAt}
            points={latencies.get(trackKey(check)) ?? []}
            scheme={scheme}
          />
        ))}
        {checks.length === 0 && (
          <li class="muted">{member.follows === null ? 'not checked' : `follows ${member.follows.join(', ')}`}</li>
        )}
      </ul>
      <div class="member-share">
        {member.answered ? (
          <>
            <span class="muted">first in </span>
            <span class="figure" data-counted={counted}>
              {formatShare(share)}
            </span>
            <span class="muted">{counted ? ' of late' : ' expected'}</span>
          </>
        ) : (
          <span class="muted">not answered</span>
        )}
        {(weight !== 1 || member.share < 1) && (
          <span class="muted share-weight">
            weight {weight}
            {member.share < 1 ? `, ${formatShare(member.share)} of it` : ''}
          </span>
        )}
      </div>
      {intend !== null && (
        <div class="member-orders">
          {order === null ? (
            <button
              type="button"
              onClick={() => intend({ verb: 'override', address, owner: pool.owner, target: null })}
            >
              Drain
              <span class="unseen">
                {' '}
                {address} of {shortName(pool.owner)}
              </span>
              …
            </button>
          ) : (
            <button
              type="button"
              onClick={() => intend({ verb: 'release', address, owner: pool.owner, target: order.target })}
            >
              Release
              <span class="unseen">
                {' '}
                {address} of {shortName(pool.owner)}
              </span>
              …
            </button>
          )}
        </div>
      )}
    </li>
  )
}

function OrderNote({ member: { order, verdict }, nowAt }: { readonly member: LiveMember; readonly nowAt: number }) {
  if (order === null) return null
  const parts = [
    ...(order.author === '' ? [] : [`by ${order.author}`]),
    formatAgo(nowAt - order.sinceAt),
    ...(order.untilAt === null ? [] : [`ends in ${formatAge(order.untilAt - nowAt)}`]),
    `checks say ${verdict}`,
  ]
  return (
    <span class="muted order-note">
      {order.reason !== '' && <q>{order.reason}</q>} {parts.join(', ')}
    </span>
  )
}

interface EvidenceProps {
  readonly address: string
  readonly check: LiveTrack
  readonly nowAt: number
  readonly points: readonly Latency[]
  readonly scheme: string
}

/** The port alone where the member itself is probed. */
function placeOf({ target }: LiveTrack, address: string): string {
  const own = address.includes(':') ? `[${address}]` : address
  return target === address ? '' : target.startsWith(`${own}:`) ? target.slice(own.length + 1) : target
}

function Evidence({ address, check, nowAt, points, scheme }: EvidenceProps) {
  const { last, lastAt, verdict, against, needed, failures } = check
  const tone = last === null ? 'doubt' : last.kind === 'pass' ? 'good' : last.kind === 'fail' ? 'bad' : 'doubt'
  return (
    <li>
      <div class="evidence-text">
        <span class="check-name">{check.check}</span>{' '}
        <span class="muted">
          {check.protocol} {placeOf(check, address)}
        </span>
        <br />
        <span class={`tone-${tone}`}>{describeOutcome(last)}</span>
        {lastAt !== null && <span class="muted"> {formatAgo(nowAt - lastAt)}</span>}
        {against > 0 && (
          <span class="muted">
            , {against} of {needed} against {verdict}
          </span>
        )}
        {failures.length > 0 && (
          <details class="failures">
            <summary class="muted">
              {`failed last ${formatAgo(nowAt - failures[0]!.lastAt)}`}
              <span class="unseen"> {address}</span>
            </summary>
            <ul>
              {failures.map(run => (
                <li key={run.firstAt} class="muted">
                  {describeFailures(run, nowAt)}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <div class="latency">
        <Spark points={points} scheme={scheme} />
        <span class="figure">{last?.kind === 'pass' ? formatLatency(last.latencyMs) : '–'}</span>
      </div>
    </li>
  )
}

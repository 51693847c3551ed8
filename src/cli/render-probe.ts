/**
 * What probes said, for people and for scripts. Pure. The JSON form is a contract (probe-shape.ts): keys are added,
 * never renamed or removed.
 */
import type { Endpoint, Outcome, Protocol } from '../core/health/types.ts'
import { formatEndpoint } from '../core/view/picture.ts'
import { type Cell, count, type Paint, renderTable } from './render-text.ts'

/** A member with what each probe of each of its checks said. */
export interface Probed {
  readonly owner: string
  readonly type: string
  readonly address: string
  readonly checks: readonly ProbedCheck[]
}

export interface ProbedCheck {
  readonly name: string
  readonly protocol: Protocol
  readonly endpoint: Endpoint
  /** In the order in which they were probed. */
  readonly outcomes: readonly Outcome[]
}

/** Probes that several members share count once for each. */
export function countOutcomes(probed: readonly Probed[]): Readonly<Record<Outcome['kind'], number>> {
  const counts = { pass: 0, fail: 0, inconclusive: 0 }
  for (const { checks } of probed) {
    for (const { outcomes } of checks) for (const { kind } of outcomes) counts[kind]++
  }
  return counts
}

export function describeProbed(target: string, probed: readonly Probed[]) {
  return {
    target,
    ...countOutcomes(probed),
    members: probed.map(({ owner, type, address, checks }) => ({
      owner,
      type,
      address,
      checks: checks.map(({ name, protocol, endpoint, outcomes }) => ({
        check: name,
        protocol,
        target: formatEndpoint(endpoint),
        probes: outcomes.map(({ kind, reason, latencyMs, detail, share = 1, certDays = null }) => {
          return { kind, reason, latencyMs: roundMs(latencyMs), detail, share, certDays }
        }),
      })),
    })),
  }
}

export function renderProbed(probed: readonly Probed[], paint: Paint): string {
  const records = Map.groupBy(probed, ({ owner, type }) => `${owner} ${type}`)
  const parts = [...records].map(([record, members]) => {
    return `${paint.strong(record)}\n${renderTable(
      members.flatMap(member => rowsOf(member, paint)),
      '  ',
    )}`
  })
  const { pass, fail, inconclusive } = countOutcomes(probed)
  const doubtful = inconclusive === 0 ? '' : `, ${inconclusive} could not judge`
  return `${parts.join('')}${count(pass, 'probe')} passed, ${fail} failed${doubtful}\n`
}

function rowsOf({ address, checks }: Probed, paint: Paint): readonly (readonly (Cell | string)[])[] {
  if (checks.length === 0) return [[address, 'not checked']]
  return checks.flatMap(({ name, endpoint, outcomes }) =>
    outcomes.map(outcome => {
      const { kind, reason, latencyMs, detail, share = 1, certDays } = outcome
      const weight = share < 1 ? [`weight ${Math.round(share * 100)} %`] : []
      const days = certDays === undefined ? [] : [`certificate ${count(certDays, 'day')}`]
      return [
        address,
        `${name} ${formatEndpoint(endpoint)}`,
        { text: kind, paint: paintOf(kind, paint) },
        reason,
        `${roundMs(latencyMs)} ms`,
        [...weight, ...days, ...(detail === null ? [] : [detail])].join('; '),
      ]
    }),
  )
}

function paintOf(kind: Outcome['kind'], paint: Paint): (text: string) => string {
  if (kind === 'pass') return paint.good
  return kind === 'fail' ? paint.bad : paint.doubtful
}

function roundMs(latencyMs: number): number {
  return Math.round(latencyMs * 100) / 100
}

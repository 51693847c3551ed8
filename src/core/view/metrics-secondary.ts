/**
 * Metrics of zones that are pulled: alert on those that nobody confirms for long, before they expire.
 */
import { secondaryStates } from '../secondary/types.ts'
import type { SecondaryView } from './status.ts'

export interface Series {
  readonly name: string
  readonly help: string
  readonly samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]
}

/** Gauges; none where no zone is pulled. */
export function secondarySeries(secondaries: readonly SecondaryView[]): readonly Series[] {
  if (secondaries.length === 0) return []
  const of = (value: (view: SecondaryView) => number | null): Series['samples'] =>
    secondaries.flatMap(view => {
      const number = value(view)
      return number === null ? [] : [[{ zone: view.zone }, number] as const]
    })
  return [
    {
      name: 'robin_secondary_state',
      help: '1 for the state that a pulled zone is in.',
      samples: secondaries.flatMap(({ zone, state }) =>
        secondaryStates.map(each => [{ zone, state: each }, each === state ? 1 : 0] as const),
      ),
    },
    {
      name: 'robin_secondary_serial',
      help: 'Serial of a pulled zone as its primary has it.',
      samples: of(({ serial }) => serial),
    },
    {
      name: 'robin_secondary_confirmed_timestamp_seconds',
      help: 'When a primary last confirmed the zone.',
      samples: of(({ confirmedAt }) => (confirmedAt === null ? null : confirmedAt / 1000)),
    },
    {
      name: 'robin_secondary_expires_seconds',
      help: 'Until the zone is too old to be answered from; 0 if it is.',
      samples: of(({ expiresInMs }) => (expiresInMs === null ? null : expiresInMs / 1000)),
    },
  ]
}

/**
 * What the answer path counts. The table is the caller's (shared memory in the server, a plain array in tests), one per
 * worker, so counting is one store without a lock.
 */
import { guardTallyNames } from '../guard/admit.ts'

export const tallyNames = [
  'queries',
  'queriesTcp',
  'noerror',
  'nodata',
  'nxdomain',
  'referral',
  'refused',
  'formerr',
  'notimp',
  'badvers',
  'badcookie',
  'servfail',
  'ignored',
  'truncated',
  'shed',
  'internalErrors',
  'chaos',
  'cookiesGood',
  'cookiesBad',
  'notauth',
  'tsigGood',
  'tsigBad',
  'transfersBegun',
  'transfersDone',
  'transfersFailed',
  'transfersRefused',
  'transferOctets',
  'notifies',
  'withheld',
  ...guardTallyNames,
] as const
export type TallyName = (typeof tallyNames)[number]

export type Tally = Float64Array

/** The place of each count in the table. */
export const tallyAt: Readonly<Record<TallyName, number>> = Object.fromEntries(
  tallyNames.map((name, i) => [name, i]),
) as Record<TallyName, number>

export function count(tally: Tally, at: number): void {
  tally[at] = tally[at]! + 1
}

export function add(tally: Tally, at: number, amount: number): void {
  tally[at] = tally[at]! + amount
}

/**
 * `robin states [PATTERN]`: pools and members, those whose owner or address matches the glob. Exit code 1 if a
 * pattern matches nothing, as grep does, so that a script notices a name that is gone.
 */
import { selectPools } from '../core/view/select.ts'
import { fetchStatus } from './client.ts'
import { exitCodes, type Io } from './io.ts'
import { renderStates } from './render-states.ts'
import { createPaint } from './render-text.ts'

export interface StatesOptions {
  readonly admin: string
  readonly json: boolean
}

export async function runStates(pattern: string | null, options: StatesOptions, io: Io): Promise<number> {
  const view = await fetchStatus(options.admin, io)
  if (typeof view === 'number') return view
  const pools = pattern === null ? view.pools : selectPools(view.pools, pattern)
  if (options.json) io.out(`${JSON.stringify({ pools }, null, 2)}\n`)
  else io.out(renderStates(pools, createPaint(io.color)))
  if (pools.length > 0) return exitCodes.ok
  if (pattern === null) {
    io.err('robin: the zones being served have no pools\n')
    return exitCodes.ok
  }
  io.err(`robin: no owner and no address matches ${JSON.stringify(pattern)}\n`)
  return exitCodes.failed
}

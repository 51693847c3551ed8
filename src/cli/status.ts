/**
 * `robin status`: how the server is. Exit code 0 whenever it answers, whatever it says of itself: what restarts a
 * server by this code must not do so because somebody saved a broken zone file.
 */
import { fetchStatus } from './client.ts'
import { exitCodes, type Io } from './io.ts'
import { renderStatus } from './render-status.ts'
import { createPaint } from './render-text.ts'

export interface StatusOptions {
  readonly admin: string
  readonly json: boolean
}

export async function runStatus(options: StatusOptions, io: Io): Promise<number> {
  const view = await fetchStatus(options.admin, io)
  if (typeof view === 'number') return view
  io.out(options.json ? `${JSON.stringify(view, null, 2)}\n` : renderStatus(view, createPaint(io.color)))
  return exitCodes.ok
}

/**
 * The desk that takes orders over HTTP: where its token lies, and whom it hands what to. Until the server is up a
 * reload has nothing to look at, so the desk is opened for it last.
 */
import { join } from 'node:path'
import type { Cached } from '../core/roster/index.ts'
import type { CachedView, ReloadView } from '../core/view/status.ts'
import { readToken } from '../edge/admin/token.ts'
import type { Desk } from '../edge/admin/writes.ts'
import type { Control } from './control.ts'
import type { ServeSettings } from './settings.ts'

export const tokenName = 'admin.token'

export interface OrdersDesk extends Desk {
  /** Where the token lies. */
  readonly file: string
  /** From now on a reload can be ordered. */
  open(reload: (force: boolean) => Promise<void>): void
}

/** Null where there is no HTTP interface or no place for a token. Rejects with a sentence if none can be had. */
export async function openOrders(
  { admin, adminTokenFile, stateFolder }: Pick<ServeSettings, 'admin' | 'adminTokenFile' | 'stateFolder'>,
  control: Control,
): Promise<OrdersDesk | null> {
  const file = adminTokenFile ?? (stateFolder === null ? null : join(stateFolder, tokenName))
  if (admin === null || file === null) return null
  const token = await readToken(file)
  let look: (force: boolean) => Promise<void> = () => Promise.resolve()
  return {
    file,
    token,
    override: control.override,
    release: control.release,
    reload: async (force): Promise<ReloadView> => {
      await look(force)
      return control.reload
    },
    open: reload => {
      look = reload
    },
  }
}

export function drawCached(cached: Cached | null, nowMs: number): CachedView | null {
  if (cached === null) return null
  return { answered: cached.answered, heldForMs: Math.max(0, Math.ceil(cached.untilMs - nowMs)) }
}

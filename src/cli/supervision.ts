/**
 * What a service manager says to the process in its environment (sd_notify(3), sd_watchdog_enabled(3),
 * sd_listen_fds(3)), taken out of it, so that no program that the server starts believes that it is meant.
 * Invariant: what is not meant for this very process, or makes no sense, counts as not said.
 */
import type { Supervision } from '../shell/supervisor.ts'

/** SD_LISTEN_FDS_START: behind the standard streams. */
const handedFirst = 3
export const handedMax = 64

export function takeSupervision(env: Record<string, string | undefined>, pid: number): Supervision {
  const take = (name: string): string | undefined => {
    const value = env[name]
    delete env[name]
    return value === '' ? undefined : value
  }
  const isOurs = (id: string | undefined): boolean => id === String(pid)
  const [listenPid, listenFds] = [take('LISTEN_PID'), take('LISTEN_FDS')]
  take('LISTEN_FDNAMES')
  const [watchdogPid, watchdogUsec] = [take('WATCHDOG_PID'), take('WATCHDOG_USEC')]
  const watchdogMs = watchdogPid === undefined || isOurs(watchdogPid) ? readCount(watchdogUsec) / 1000 : 0
  const count = isOurs(listenPid) ? Math.min(readCount(listenFds), handedMax) : 0
  return {
    notifySocket: take('NOTIFY_SOCKET') ?? null,
    watchdogMs: watchdogMs > 0 ? watchdogMs : null,
    handed: Array.from({ length: count }, (_, i) => handedFirst + i),
  }
}

function readCount(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : 0
}

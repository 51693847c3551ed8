/**
 * How a thread gives way to those that answer queries (nice(1)): Linux gives each thread a priority of its own.
 */
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

export function giveWay(niceness: number): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, niceness)
  } catch {
    // Another system, no /proc, or a filter of system calls: it competes like any other thread.
    return
  }
}

/** A thread asks Linux for short turns: where that is to be had the kernel itself says so. */
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { describe, expect, it } from 'vitest'
import { shortenTurns } from '../../../src/edge/ffi/scheduler.ts'

/** What /proc tells of the calling thread, in nanoseconds; null where it does not. */
function turnNow(): number | null {
  try {
    const [, turn] = /^se\.slice\s*:\s*(\d+)$/m.exec(readFileSync('/proc/thread-self/sched', 'latin1')) ?? []
    return turn === undefined ? null : Number(turn)
  } catch {
    // Another system, or a kernel that does not say.
    return null
  }
}

const [major = 0, minor = 0] = release().split('.').map(Number)
const isObeyed = process.platform === 'linux' && (major > 6 || (major === 6 && minor >= 12))

describe('turns of a thread', () => {
  it('are short once it was asked for, where the kernel knows of it', async () => {
    const before = turnNow()
    const granted = await shortenTurns()
    expect(turnNow()).toBe(granted && isObeyed && before !== null ? 100_000 : before)
  })
})

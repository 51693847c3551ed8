/**
 * Sends a batch's answers and gets past whatever keeps single ones from leaving. The kernel stops at the first message
 * that it refuses and tells why only if that is the first of the call, so a refusal costs one more call.
 * Invariants: nothing waits here, since the next queries are waiting elsewhere; every answer was sent or is counted;
 * each call disposes of one answer at least, so the calls are bounded by the answers.
 */
import type { UdpCounters } from '../../../board/counters.ts'
import type { DatagramCalls } from '../../ffi/datagrams.ts'
import { linux } from '../../ffi/libc.ts'
import { headerWords, type Place } from './arena.ts'

/** Signals in a row that may cut off a call; then the message counts as refused. */
const interruptionsMax = 8

export function sendAnswers(
  calls: Pick<DatagramCalls, 'send'>,
  fd: number,
  headers: Place,
  count: number,
  counters: UdpCounters,
): void {
  let interruptions = 0
  for (let sent = 0; sent < count; ) {
    const result = calls.send(fd, headers.address + sent * headerWords * 4, count - sent, linux.flagDontWait)
    if (result > 0) {
      sent += result
      continue
    }
    if (result === -linux.errorInterrupted && ++interruptions <= interruptionsMax) continue
    // No room in the send queue: there is none for the rest either. Anything else concerns this message alone: a
    // firewall's refusal, no route, an ICMP error that an earlier answer brought back.
    const refused = isFull(result) ? count - sent : 1
    for (let i = 0; i < refused; i++) counters.sendFailed()
    sent += refused
  }
}

function isFull(result: number): boolean {
  return result === -linux.errorAgain || result === -linux.errorNoBuffers
}

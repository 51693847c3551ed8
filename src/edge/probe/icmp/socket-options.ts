/**
 * What the two kinds of ICMP socket share when they are opened. Invariant: memory for the kernel is never a small typed
 * array of its own, which V8 would keep where it moves.
 */
import { type Libc, linux } from '../../ffi/libc.ts'
import { judgeErrno } from '../outcome.ts'
import type { MeansName, MeansRefusal } from './means.ts'

/** Room for some thousand replies. Beyond net.core.rmem_max it needs CAP_NET_ADMIN; what is granted must do. */
const receiveBufferOctets = 4 * 1024 * 1024

export function widenReceiveBuffer(libc: Libc, fd: number): void {
  const wanted = word(receiveBufferOctets)
  if (libc.setOption(fd, linux.levelSocket, linux.optionReceiveBufferForce, wanted) === 0) return
  libc.setOption(fd, linux.levelSocket, linux.optionReceiveBuffer, wanted)
}

/** 32 bits in the machine's byte order. */
export function word(value: number): Uint8Array {
  return words([value])
}

/** In memory that V8 does not move. */
export function words(values: readonly number[]): Uint8Array {
  const memory = new Uint32Array(new ArrayBuffer(256), 0, values.length)
  memory.set(values)
  return new Uint8Array(memory.buffer, 0, values.length * 4)
}

/** `detail` is an error's name or a sentence. */
export function refuse(name: MeansName, detail: string): MeansRefusal {
  return { name, reason: judgeErrno(detail).reason === 'no-permission' ? 'no-permission' : 'no-prober', detail }
}

/**
 * What the two kinds of ICMP socket share when they are opened. Invariant: memory for the kernel is never a small typed
 * array of its own, which V8 would keep where it moves.
 */

import { parseIpv4 } from '../../../core/rdata/a.ts'
import { parseIpv6 } from '../../../core/rdata/aaaa.ts'
import { type Libc, linux } from '../../ffi/libc.ts'
import { writeSocketAddress } from '../../ffi/sockaddr.ts'
import { judgeErrno } from '../outcome.ts'
import { errnoName } from './errno.ts'
import type { MeansName, MeansRefusal } from './means.ts'

/** Room for some thousand replies. Beyond net.core.rmem_max it needs CAP_NET_ADMIN; what is granted must do. */
const receiveBufferOctets = 4 * 1024 * 1024

export function widenReceiveBuffer(libc: Libc, fd: number): void {
  const wanted = word(receiveBufferOctets)
  if (libc.setOption(fd, linux.levelSocket, linux.optionReceiveBufferForce, wanted) === 0) return
  libc.setOption(fd, linux.levelSocket, linux.optionReceiveBuffer, wanted)
}

/** Null after having bound the socket to the source, or there is none; else why not. The socket is left open. */
export function bindSource(libc: Libc, fd: number, name: MeansName, source: string | null): MeansRefusal | null {
  if (source === null) return null
  const octets = parseIpv4(source) ?? parseIpv6(source)
  if (octets === null) return refuse(name, `not an address: ${source}`)
  const bound = libc.bind(fd, writeSocketAddress(octets, 0))
  if (bound === 0) return null
  return { ...refuse(name, errnoName(-bound)), reason: 'no-socket' }
}

/**
 * False if the source is no address of this host any more: a socket that was bound to it then says that the network
 * cannot be reached, which is not the endpoint's fault.
 */
export function hasSource(libc: Libc, source: string): boolean {
  const fd = libc.openSocket(source.includes(':') ? linux.familyV6 : linux.familyV4, linux.typeDatagram, 0)
  if (fd < 0) return true
  const bound = bindSource(libc, fd, 'ping-socket', source)
  libc.close(fd)
  return bound === null
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

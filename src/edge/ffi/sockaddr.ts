/**
 * The kernel's socket addresses as octets. Invariant: what `writeSocketAddress` makes is exactly as long as the kernel
 * wants it for that family, and `readSocketAddress` looks only at the octets that the family defines.
 *
 *   sockaddr_in   family(2) port(2, big-endian) address(4)  zero(8)                      16 octets
 *   sockaddr_in6  family(2) port(2, big-endian) flow(4)     address(16) scope(4)         28 octets
 *
 * The family is in the machine's own byte order.
 */
import { endianness } from 'node:os'
import { linux } from './libc.ts'

export const socketAddressOctetsMax = 28

const littleEndian = endianness() === 'LE'

/** A new `sockaddr` for 4 or 16 address octets, in a buffer whose memory does not move. */
export function writeSocketAddress(address: Uint8Array, port: number): Uint8Array {
  const v6 = address.length === 16
  const octets = Buffer.allocUnsafeSlow(v6 ? 28 : 16).fill(0)
  const family = v6 ? linux.familyV6 : linux.familyV4
  if (littleEndian) octets.writeUInt16LE(family)
  else octets.writeUInt16BE(family)
  octets.writeUInt16BE(port, 2)
  octets.set(address, v6 ? 8 : 4)
  return octets
}

/** A view of the address octets in a `sockaddr` of the family meant. */
export function addressOctetsOf(socketAddress: Uint8Array, family: 'v4' | 'v6'): Uint8Array {
  return family === 'v6' ? socketAddress.subarray(8, 24) : socketAddress.subarray(4, 8)
}

/** Which interface a link-local address in a `sockaddr_in6` belongs to; 0 for any. */
export function writeScope(socketAddress: Uint8Array, scope: number): void {
  const view = new DataView(socketAddress.buffer, socketAddress.byteOffset, socketAddress.byteLength)
  view.setUint32(24, scope, littleEndian)
}

/** The port in a `sockaddr` of either family. */
export function portOf(socketAddress: Uint8Array): number {
  return (socketAddress[2]! << 8) | socketAddress[3]!
}

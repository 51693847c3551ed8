/**
 * Names of local sockets as the kernel wants them (unix(7)): `sockaddr_un` is family(2) and up to 108 octets of path,
 * or a zero octet and a name that is no file. The length says where an abstract name ends.
 */
import { endianness } from 'node:os'
import { linux } from './libc.ts'

const pathOctetsMax = 108

/** `/path` or `@abstract`, in a buffer whose memory does not move; null if it is neither or too long. */
export function writeUnixAddress(name: string): Uint8Array | null {
  if (!/^[/@]./.test(name)) return null
  const path = Buffer.from(name)
  // A path ends with a zero octet.
  const octets = name.startsWith('@') ? path.length : path.length + 1
  if (octets > pathOctetsMax) return null
  const address = Buffer.allocUnsafeSlow(2 + octets).fill(0)
  if (endianness() === 'LE') address.writeUInt16LE(linux.familyUnix)
  else address.writeUInt16BE(linux.familyUnix)
  path.copy(address, 2)
  if (name.startsWith('@')) address[2] = 0
  return address
}

/** Peers and octets for the tests of this room. */
import { type Client, createClient, readClient } from '../../../src/core/guard/address.ts'

export function clientAt(address: string, port = 40_000): Client {
  const client = createClient()
  if (!readClient(client, address, port)) throw new Error(`not an address: ${address}`)
  return client
}

export function hexOctets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

/**
 * Takes connections from a listening socket into the crowd. Invariants: whoever comes is let in, since the one idle
 * longest makes room; where the system gives no descriptor, the listener rests rather than ask again without end.
 */
import { createClient, type Client as Peer } from '../../../core/guard/address.ts'
import type { Clock, TransportCounters } from '../../../core/ports.ts'
import { linux } from '../../ffi/libc.ts'
import type { StreamCalls } from '../../ffi/streams.ts'
import { type Arena, nameOctetsMax } from './arena.ts'
import type { Client, Crowd } from './crowd.ts'
import type { StreamListener } from './listener.ts'

export interface AcceptDeps {
  readonly calls: StreamCalls
  readonly arena: Arena
  readonly crowd: Crowd
  readonly clock: Clock
  readonly counters: TransportCounters
  /** Has the kernel tell of a new connection. False if it will not. */
  readonly enlist: (client: Client) => boolean
  /** Has the listener left alone for a while. */
  readonly rest: (listener: StreamListener) => void
}

/** Taken in a row before those who are here already have their turn. */
const acceptsMax = 16

const outOfMeans: readonly number[] = [
  linux.errorFilesOfProcess,
  linux.errorFilesOfSystem,
  linux.errorNoBuffers,
  linux.errorNoMemory,
]

export function createAccept(deps: AcceptDeps): (listener: StreamListener) => void {
  const { calls, arena, crowd, clock, counters, enlist, rest } = deps
  const { words, octets, name, nameOctets } = arena
  const peer = createClient()
  return listener => {
    for (let i = 0; i < acceptsMax; i++) {
      words[nameOctets.at >>> 2] = nameOctetsMax
      const fd = calls.accept(listener.fd, name.address, nameOctets.address)
      if (fd === -linux.errorAgain) return
      if (fd < 0) {
        counters.dropped()
        // Anything else concerns the one connection: it was gone before it was taken.
        if (!outOfMeans.includes(-fd)) continue
        rest(listener)
        return
      }
      readPeer(octets, name.at, peer)
      const client = crowd.admit(fd, peer, clock.now())
      if (!enlist(client)) crowd.evict(client)
    }
  }
}

/** The peer out of its `sockaddr`, see sockaddr.ts. Sockets take one family only, so no address comes mapped. */
function readPeer(octets: Uint8Array, at: number, peer: Peer): void {
  const v6 = octets[at] === linux.familyV6
  peer.length = v6 ? 16 : 4
  peer.port = (octets[at + 2]! << 8) | octets[at + 3]!
  const from = at + (v6 ? 8 : 4)
  for (let i = 0; i < peer.length; i++) peer.octets[i] = octets[from + i]!
}

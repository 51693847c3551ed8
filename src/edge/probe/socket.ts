/**
 * TCP connections of probes. Invariants: only addresses are connected to, no resolver is ever asked; a connection that
 * is let go of is closed at once and, where the system allows it, by a reset, because thousands of orderly closes a
 * second would fill the port range with TIME_WAIT.
 */
import { connect, type Socket } from 'node:net'

export interface SocketOptions {
  /** Address of this host to connect from, or null for the system's choice. */
  readonly source?: string | null
  /** Where received octets go instead of `data` events. The buffer is used again for the next octets of any socket. */
  readonly onRead?: OnRead | null
}

export interface OnRead {
  readonly buffer: Buffer
  /** Returns whether to go on reading. */
  callback(octets: number, buffer: Buffer): boolean
}

/** Connects to an address and never asks a resolver: a probe must not hang on the DNS it serves. */
export function connectTo(address: string, port: number, { source = null, onRead = null }: SocketOptions = {}): Socket {
  return connect({
    host: address,
    port,
    lookup: refuseLookup,
    ...(source !== null && { localAddress: source }),
    ...(onRead !== null && { onread: onRead }),
  })
}

function refuseLookup(host: string, _options: unknown, callback: (error: Error, address: string) => void): void {
  callback(new Error(`not an address: ${host}`), '')
}

/**
 * Closes at once, by a reset if it is connected. Safe at any time: a socket whose own end is already under way cannot
 * be reset any more (libuv refuses, and Node then never closes the handle), so it is closed in order.
 */
export function discard(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.connecting || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/**
 * A connect to a closed port of this host succeeds if the kernel happens to pick that very port as the local one. Both
 * ends are then the same socket (RFC 9293 section 3.5, simultaneous open), and a dead backend would pass.
 */
export function isSelfConnected(socket: Socket, port: number): boolean {
  return socket.localPort === port && socket.localAddress === socket.remoteAddress
}

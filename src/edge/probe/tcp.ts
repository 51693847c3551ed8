/**
 * TCP: the endpoint passes once the three-way handshake is done. Sees a dead host, a closed port, a full backlog; does
 * not see a program that accepts and then hangs. Invariant: one descriptor a probe, closed whatever happens; after
 * success by a reset, because thousands of orderly closes a second would fill the port range with TIME_WAIT.
 */
import { connect, type Socket } from 'node:net'
import type { TcpCheck } from '../../core/health/types.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { attempt, type Run } from './attempt.ts'
import { type Settle, settleByError } from './outcome.ts'

export function createTcpProbe(deps: { readonly clock: Clock }): Probe<TcpCheck> {
  return (endpoint, spec, signal) =>
    attempt(deps.clock, signal, settle => open(endpoint.address, endpoint.port ?? spec.port, settle))
}

function open(address: string, port: number, settle: Settle): Run {
  const socket = connectTo(address, port)
  socket.on('error', error => settleByError(settle, error))
  socket.on('connect', () => {
    if (isSelfConnected(socket, port)) settle('fail', 'refused', 'nobody listens')
    else settle('pass', 'ok', null)
  })
  return { stop: () => discard(socket), stage: () => 'while connecting' }
}

/** Connects to an address and never asks a resolver: a probe must not hang on the DNS it serves. */
export function connectTo(address: string, port: number): Socket {
  return connect({ host: address, port, lookup: refuseLookup })
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
function isSelfConnected(socket: Socket, port: number): boolean {
  return socket.localPort === port && socket.localAddress === socket.remoteAddress
}

/**
 * The sockets of the batched engine, opened by control and handed to answering threads as descriptors. A descriptor
 * outlives the thread that reads it: when a thread is lost, the next one takes over the same socket with all that waits
 * in it. A wildcard is one socket for all addresses of its family, also those that come later; each datagram tells
 * which address was asked.
 */
import { assert } from '../../../core/base/assert.ts'
import type { SocketAddress } from '../../../core/ports.ts'
import { parseIpv4 } from '../../../core/rdata/a.ts'
import { parseIpv6 } from '../../../core/rdata/aaaa.ts'
import type { DatagramCalls } from '../../ffi/datagrams.ts'
import { linux } from '../../ffi/libc.ts'
import { writeSocketAddress } from '../../ffi/sockaddr.ts'
import { expectDone, readBoundPort } from '../../ffi/sockets.ts'
import type { Family } from './ancillary.ts'

/** As told to an answering thread. */
export interface BatchSocket {
  readonly fd: number
  readonly bound: SocketAddress
  readonly family: Family
  readonly wildcard: boolean
  /** True where another thread reads it as well and counts what it loses. */
  readonly isShared?: boolean
}

export interface BatchSocketOptions extends SocketAddress {
  /** Lets other sockets that also ask for it share the port; the kernel spreads clients over them. */
  readonly reusePort: boolean
  /** Longest wait of one receive: how soon a thread without queries notices anything else. */
  readonly receiveWaitMs?: number
}

export const receiveWaitMsDefault = 200
/** Asked of the kernel, which grants up to net.core.rmem_max or, to the privileged, all of it. */
const receiveBufferOctets = 4 * 1024 * 1024
const sendBufferOctets = 1024 * 1024
/**
 * IP_PMTUDISC_PROBE: an answer is never cut into fragments, and what ICMP, which anybody can forge, says of the path
 * changes nothing (RFC 9715 section 3.1). It also spares the kernel the choice of an identification for each packet.
 */
const neverFragment = 3

/** Opens and binds. Throws an error with the system's `code` if the address cannot be had. */
export function openBatchSocket(calls: DatagramCalls, options: BatchSocketOptions): BatchSocket {
  const { host, port } = options
  const family: Family = host.includes(':') ? 'v6' : 'v4'
  const octets = family === 'v6' ? parseIpv6(host) : parseIpv4(host)
  assert(octets !== null, 'a listener whose host is no address')
  const wildcard = octets.every(octet => octet === 0)
  const fd = expectDone(
    'socket',
    calls.openSocket(family === 'v6' ? linux.familyV6 : linux.familyV4, linux.typeDatagram, 0),
  )
  try {
    configure(calls, fd, family, wildcard, options.receiveWaitMs ?? receiveWaitMsDefault)
    if (family === 'v6') mustSet(calls, fd, linux.levelIpv6, linux.optionIpv6Only)
    if (options.reusePort) mustSet(calls, fd, linux.levelSocket, linux.optionReusePort)
    expectDone('bind', calls.bind(fd, writeSocketAddress(octets, port)))
    return { fd, bound: { host, port: port === 0 ? readBoundPort(calls, fd) : port }, family, wildcard }
  } catch (error) {
    calls.close(fd)
    throw error
  }
}

/** A socket that somebody else opened and bound: all that is ours to choose about it. */
export function configureHanded(calls: DatagramCalls, { fd, family, wildcard }: Omit<BatchSocket, 'bound'>): void {
  configure(calls, fd, family, wildcard, receiveWaitMsDefault)
}

function configure(calls: DatagramCalls, fd: number, family: Family, wildcard: boolean, receiveWaitMs: number): void {
  const set = (level: number, name: number, ...values: readonly number[]): number =>
    calls.setOption(fd, level, name, longs(values))
  const need = (level: number, name: number, ...values: readonly number[]): void => {
    expectDone('setsockopt', set(level, name, ...values))
  }
  // A timeval is two 64-bit numbers: seconds and microseconds.
  need(
    linux.levelSocket,
    linux.optionReceiveTimeout,
    Math.floor(receiveWaitMs / 1000),
    0,
    (receiveWaitMs % 1000) * 1000,
    0,
  )
  if (wildcard) {
    if (family === 'v6') need(linux.levelIpv6, linux.optionIpv6ReceivePacketInfo, 1)
    else need(linux.levelIp, linux.optionIpPacketInfo, 1)
  }
  if (family === 'v6') set(linux.levelIpv6, linux.optionIpv6MtuDiscover, neverFragment)
  else set(linux.levelIp, linux.optionIpMtuDiscover, neverFragment)
  if (set(linux.levelSocket, linux.optionReceiveBufferForce, receiveBufferOctets) < 0) {
    set(linux.levelSocket, linux.optionReceiveBuffer, receiveBufferOctets)
  }
  if (set(linux.levelSocket, linux.optionSendBufferForce, sendBufferOctets) < 0) {
    set(linux.levelSocket, linux.optionSendBuffer, sendBufferOctets)
  }
}

function mustSet(calls: DatagramCalls, fd: number, level: number, name: number): void {
  expectDone('setsockopt', calls.setOption(fd, level, name, longs([1])))
}

/**
 * Reads how many datagrams the socket has lost so far because nobody had taken those before them; 0 where the kernel
 * does not tell. It is the number that SO_RXQ_OVFL puts beside each datagram, asked for now and then instead: beside
 * each datagram it costs more than a hundredth of the whole answer, and after the last one nobody would learn of it.
 */
export function createLossReader(calls: Pick<DatagramCalls, 'readOption'>, fd: number): () => number {
  const words = new Uint32Array(new ArrayBuffer(256))
  const octets = new Uint8Array(words.buffer)
  return () => {
    const written = calls.readOption(fd, linux.levelSocket, linux.optionMemoryState, octets)
    return written > memoryStateDrops * 4 ? words[memoryStateDrops]! : 0
  }
}

/** SK_MEMINFO_DROPS: which word of SO_MEMINFO. */
const memoryStateDrops = 8

/** Pairs of words as the 64-bit or 32-bit numbers that the option wants, in memory that V8 does not move. */
function longs(values: readonly number[]): Uint8Array {
  const words = new Int32Array(new ArrayBuffer(256), 0, values.length)
  words.set(values)
  return new Uint8Array(words.buffer, 0, values.length * 4)
}

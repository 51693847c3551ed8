/**
 * Sockets that somebody else opened and handed over (sd_listen_fds(3)): what each is, and whether it can be answered
 * on. They belong to the process for as long as it lives, and threads read them in place, several threads one datagram
 * socket if need be. Invariant: all of them are fit, or there is one sentence that says which is not and why.
 */
import { getSystemErrorName } from 'node:util'
import { formatIpv4 } from '../../core/rdata/a.ts'
import { formatIpv6 } from '../../core/rdata/aaaa.ts'
import { type DatagramCalls, loadDatagramCalls } from '../ffi/datagrams.ts'
import { type DescriptorCalls, loadDescriptorCalls } from '../ffi/descriptors.ts'
import { linux } from '../ffi/libc.ts'
import { addressOctetsOf, portOf, socketAddressOctetsMax } from '../ffi/sockaddr.ts'
import type { StreamListener } from './tcp-epoll/listener.ts'
import { type BatchSocket, configureHanded } from './udp-batch/socket.ts'

export interface Handed {
  readonly datagrams: readonly BatchSocket[]
  readonly streams: readonly StreamListener[]
}

/** One sentence for people. */
export class HandedError extends Error {
  override readonly name = 'HandedError'
}

/** Looks at each descriptor and prepares it. Rejects with `HandedError`. */
export async function takeHanded(fds: readonly number[]): Promise<Handed> {
  const [calls, descriptors] = [await loadDatagramCalls(), await loadDescriptorCalls()]
  if ('reason' in calls) throw unusable(calls.reason)
  if ('reason' in descriptors) throw unusable(descriptors.reason)
  const datagrams: BatchSocket[] = []
  const streams: StreamListener[] = []
  for (const fd of fds) {
    const { bound, family } = readBound(calls, fd)
    const wildcard = bound.host === '0.0.0.0' || bound.host === '::'
    if (family === 'v6' && wildcard && readWord(calls, fd, linux.levelIpv6, linux.optionIpv6Only) === 0) {
      throw unfit(fd, 'takes IPv4 on an IPv6 socket: set BindIPv6Only=ipv6-only, and name IPv4 addresses as well')
    }
    const type = readWord(calls, fd, linux.levelSocket, linux.optionType)
    if (type === linux.typeDatagram) datagrams.push(prepare(calls, descriptors, { fd, bound, family, wildcard }))
    else if (type === linux.typeStream) streams.push(prepareStream(calls, descriptors, { fd, bound }))
    else throw unfit(fd, 'is neither a datagram nor a stream socket')
  }
  return { datagrams, streams }
}

/** A receive that does not wait would keep its thread busy for nothing. */
function prepare(calls: DatagramCalls, descriptors: DescriptorCalls, socket: BatchSocket): BatchSocket {
  setWaiting(descriptors, socket.fd, true)
  configureHanded(calls, socket)
  return socket
}

/** An accept that waits would keep its thread from the connections that it has. */
function prepareStream(calls: DatagramCalls, descriptors: DescriptorCalls, listener: StreamListener): StreamListener {
  if (readWord(calls, listener.fd, linux.levelSocket, linux.optionAccepts) === 0) {
    throw unfit(listener.fd, 'is a connection, not a listener: set Accept=no')
  }
  setWaiting(descriptors, listener.fd, false)
  return listener
}

function setWaiting(descriptors: DescriptorCalls, fd: number, waits: boolean): void {
  const result = descriptors.setWaiting(fd, waits)
  if (result < 0) throw unfit(fd, getSystemErrorName(result))
}

function readBound(calls: DatagramCalls, fd: number): Pick<BatchSocket, 'bound' | 'family'> {
  const name = Buffer.allocUnsafeSlow(socketAddressOctetsMax).fill(0)
  const octets = calls.readName(fd, name)
  if (octets < 0) throw unfit(fd, getSystemErrorName(octets))
  const port = portOf(name)
  const family = readWord(calls, fd, linux.levelSocket, linux.optionDomain)
  if (family === linux.familyV4) {
    return { bound: { host: formatIpv4(addressOctetsOf(name, 'v4')), port }, family: 'v4' }
  }
  if (family === linux.familyV6) {
    return { bound: { host: formatIpv6(addressOctetsOf(name, 'v6')), port }, family: 'v6' }
  }
  throw unfit(fd, 'is not a socket of IPv4 or IPv6')
}

function readWord(calls: DatagramCalls, fd: number, level: number, option: number): number {
  const word = new Int32Array(new ArrayBuffer(256))
  const octets = calls.readOption(fd, level, option, new Uint8Array(word.buffer))
  if (octets < 0) throw unfit(fd, getSystemErrorName(octets))
  return word[0]!
}

function unusable(reason: string): HandedError {
  return new HandedError(`sockets were handed over, and cannot be used: ${reason}`)
}

function unfit(fd: number, text: string): HandedError {
  return new HandedError(`cannot answer on descriptor ${fd}, which was handed over: ${text}`)
}

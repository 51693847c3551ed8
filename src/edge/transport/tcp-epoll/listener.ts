/**
 * The listening sockets of the TCP engine, opened by control and handed to the answering thread as descriptors: when
 * the thread is lost, the next one takes over the same socket with the connections that wait in it.
 */
import { assert } from '../../../core/base/assert.ts'
import type { SocketAddress } from '../../../core/ports.ts'
import { parseIpv4 } from '../../../core/rdata/a.ts'
import { parseIpv6 } from '../../../core/rdata/aaaa.ts'
import { linux } from '../../ffi/libc.ts'
import { writeSocketAddress } from '../../ffi/sockaddr.ts'
import { expectDone, readBoundPort } from '../../ffi/sockets.ts'
import type { StreamCalls } from '../../ffi/streams.ts'

/** As told to an answering thread. */
export interface StreamListener {
  readonly fd: number
  readonly bound: SocketAddress
}

/** Connections that may wait to be accepted, as in Node. */
const backlogMax = 511
/** SOCK_NONBLOCK: what waited may be gone when it is accepted. */
const nonblocking = 0x800

/** Opens, binds and listens. Throws an error with the system's `code` if the address cannot be had. */
export function openStreamListener(calls: StreamCalls, { host, port }: SocketAddress): StreamListener {
  const v6 = host.includes(':')
  const octets = v6 ? parseIpv6(host) : parseIpv4(host)
  assert(octets !== null, 'a listener whose host is no address')
  const family = v6 ? linux.familyV6 : linux.familyV4
  const fd = expectDone('socket', calls.openSocket(family, linux.typeStream | nonblocking, 0))
  try {
    const set = (level: number, name: number): void => {
      expectDone('setsockopt', calls.setOption(fd, level, name, one))
    }
    set(linux.levelSocket, linux.optionReuseAddress)
    if (v6) set(linux.levelIpv6, linux.optionIpv6Only)
    // What is accepted has it from its listener: an answer must not wait for the next to fill a segment.
    set(linux.levelTcp, linux.optionNoDelay)
    expectDone('bind', calls.bind(fd, writeSocketAddress(octets, port)))
    expectDone('listen', calls.listen(fd, backlogMax))
    return { fd, bound: { host, port: port === 0 ? readBoundPort(calls, fd) : port } }
  } catch (error) {
    calls.close(fd)
    throw error
  }
}

/** An option's value in memory that V8 does not move. */
const one = new Uint8Array(Int32Array.of(1).buffer.transfer(64), 0, 4)

/**
 * Echoes through a raw socket, for root and holders of CAP_NET_RAW. Node cannot watch such a descriptor, so it is
 * looked into right after a send (for loopback) and then every `pollMs`, but only while echoes are in flight: latencies
 * are exact to that. The kernel's filter keeps out everything but replies and errors.
 * Invariant: the poll timer runs only while echoes are in flight, and never after `close`.
 */
import { randomInt } from 'node:crypto'
import type { Clock } from '../../../core/ports.ts'
import { type Libc, linux } from '../../ffi/libc.ts'
import { createEchoes, type EchoSocket } from './echoes.ts'
import { errnoName } from './errno.ts'
import type { EchoMeans, MeansOpener } from './means.ts'
import { errorTypes, type Family, replyTypes } from './packet.ts'
import { bindSource, refuse, widenReceiveBuffer, words } from './socket-options.ts'

/** How often the socket is looked into while echoes are in flight. */
const pollMs = 2

export function rawSocketOpener(deps: {
  readonly clock: Clock
  readonly libc: () => Promise<Libc | null>
}): MeansOpener {
  return async (family, source) => {
    const libc = await deps.libc()
    if (libc === null) return refuse('raw-socket', 'koffi is not there')
    const fd =
      family === 'v4'
        ? libc.openSocket(linux.familyV4, linux.typeRaw, linux.protocolIcmp)
        : libc.openSocket(linux.familyV6, linux.typeRaw, linux.protocolIcmpV6)
    if (fd < 0) return refuse('raw-socket', errnoName(-fd))
    const refusal = bindSource(libc, fd, 'raw-socket', source)
    if (refusal !== null) {
      libc.close(fd)
      return refusal
    }
    widenReceiveBuffer(libc, fd)
    filter(libc, fd, family)
    return watch(libc, deps.clock, { fd, family, source, id: randomInt(0x10000) })
  }
}

function watch(libc: Libc, clock: Clock, own: EchoSocket): EchoMeans {
  let timer: NodeJS.Timeout | null = null
  let soon: NodeJS.Immediate | null = null
  let open = true
  const sent = (): void => {
    soon ??= setImmediate(() => {
      soon = null
      echoes.drain()
    })
    timer ??= setInterval(poll, pollMs)
  }
  const echoes = createEchoes({ libc, clock, sent }, own)
  const poll = (): void => {
    if (echoes.count() > 0) echoes.drain()
    else if (timer !== null) {
      clearInterval(timer)
      timer = null
    }
  }
  return {
    name: 'raw-socket',
    echo: echoes.echo,
    close: () => {
      if (!open) return
      open = false
      echoes.close()
      if (timer !== null) clearInterval(timer)
      if (soon !== null) clearImmediate(soon)
      libc.close(own.fd)
    },
  }
}

/** A set bit keeps that type out: one word for IPv4 (raw(7), ICMP_FILTER), eight for IPv6 (RFC 3542 section 3.2). */
function filter(libc: Libc, fd: number, family: Family): void {
  const mask = new Array<number>(family === 'v4' ? 1 : 8).fill(0xffffffff)
  for (const type of [replyTypes[family], ...errorTypes[family]]) {
    mask[type >>> 5] = (mask[type >>> 5]! & ~(1 << (type & 31))) >>> 0
  }
  if (family === 'v4') libc.setOption(fd, linux.levelRaw, linux.optionIcmpFilter, words(mask))
  else libc.setOption(fd, linux.protocolIcmpV6, linux.optionIcmpV6Filter, words(mask))
}

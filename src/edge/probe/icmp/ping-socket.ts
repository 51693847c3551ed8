/**
 * Echoes without privilege: a datagram socket of protocol ICMP, which Linux opens to the groups in the sysctl
 * `net.ipv4.ping_group_range` (for IPv6 as well). The kernel sets identifier and checksum and hands us only replies to
 * our own echoes. Opened through libc, then adopted by node:dgram, so its replies wake the event loop without polling.
 * Invariant: after adoption only dgram closes the descriptor, and nothing is sent through it from then on.
 */
import { createSocket, type Socket } from 'node:dgram'
import type { Clock } from '../../../core/ports.ts'
import { parseIpv4 } from '../../../core/rdata/a.ts'
import { parseIpv6 } from '../../../core/rdata/aaaa.ts'
import { loadErrorReader } from '../../ffi/errors.ts'
import { type Libc, linux } from '../../ffi/libc.ts'
import { errorCode } from '../outcome.ts'
import { createEchoes, type EchoSocket } from './echoes.ts'
import { errnoName } from './errno.ts'
import type { EchoMeans, MeansOpener, MeansRefusal } from './means.ts'
import { bindSource, refuse, widenReceiveBuffer, word } from './socket-options.ts'

export function pingSocketOpener(deps: {
  readonly clock: Clock
  readonly libc: () => Promise<Libc | null>
}): MeansOpener {
  return async (family, source) => {
    const libc = await deps.libc()
    if (libc === null) return refuse('ping-socket', 'koffi is not there')
    const readError = await loadErrorReader(libc)
    const fd =
      family === 'v4'
        ? libc.openSocket(linux.familyV4, linux.typeDatagram, linux.protocolIcmp)
        : libc.openSocket(linux.familyV6, linux.typeDatagram, linux.protocolIcmpV6)
    if (fd < 0) return refuse('ping-socket', errnoName(-fd))
    const refusal = bindSource(libc, fd, 'ping-socket', source)
    if (refusal !== null) {
      libc.close(fd)
      return refusal
    }
    widenReceiveBuffer(libc, fd)
    if (family === 'v4') libc.setOption(fd, linux.levelIp, linux.optionIpReceiveErrors, word(1))
    else libc.setOption(fd, linux.levelIpv6, linux.optionIpv6ReceiveErrors, word(1))
    return adopt(libc, deps.clock, { fd, family, source, id: null, readError })
  }
}

async function adopt(libc: Libc, clock: Clock, own: EchoSocket): Promise<EchoMeans | MeansRefusal> {
  const { fd, family } = own
  const socket = createSocket({ type: family === 'v4' ? 'udp4' : 'udp6' })
  const trouble = await bind(socket, fd)
  if (trouble !== null) {
    socket.close()
    libc.close(fd)
    return refuse('ping-socket', errorCode(trouble))
  }
  const echoes = createEchoes({ libc, clock, sent: () => {} }, own)
  const parse = family === 'v4' ? parseIpv4 : parseIpv6
  socket.on('message', (message, sender) => {
    const from = parse(withoutScope(sender.address))
    if (from !== null) echoes.receive(message, from)
  })
  // One echo's error, announced on the socket; which echo it was lies in the socket's error queue.
  socket.on('error', echoes.drain)
  let open = true
  return {
    name: 'ping-socket',
    echo: echoes.echo,
    close: () => {
      if (!open) return
      open = false
      echoes.close()
      socket.close()
    },
  }
}

function bind(socket: Socket, fd: number): Promise<Error | null> {
  return new Promise(resolve => {
    socket.once('error', resolve)
    socket.bind({ fd }, () => {
      socket.off('error', resolve)
      resolve(null)
    })
  })
}

/** `fe80::1%eth0` names the interface as well. */
function withoutScope(address: string): string {
  const at = address.indexOf('%')
  return at === -1 ? address : address.slice(0, at)
}

/**
 * Run inside a network namespace of its own: probes loopback by ICMP with whatever means this process is allowed, and
 * prints what came of it. With `errors` as argument (needs root, and a kernel told to ignore echoes) it also listens to
 * its own echoes with a second raw socket and forges the errors that a router would send, with `redirect` one that takes
 * nothing back. With `many` it probes ten
 * thousand addresses of each family, which must all be its own; with `sources` from addresses that are and are not.
 */

import { readdirSync } from 'node:fs'
import { writeU16 } from '../../src/core/base/bytes.ts'
import { parseIpv4 } from '../../src/core/rdata/a.ts'
import { parseIpv6 } from '../../src/core/rdata/aaaa.ts'
import { createClock } from '../../src/edge/clock.ts'
import { type Libc, linux, loadLibc } from '../../src/edge/ffi/libc.ts'
import { writeSocketAddress } from '../../src/edge/ffi/sockaddr.ts'
import { checksum, type Family } from '../../src/edge/probe/icmp/packet.ts'
import { createProbes } from '../../src/edge/probe/table.ts'
import { icmpCheck } from '../contract/probe-specs.ts'
import { verdictOf } from '../contract/probe-targets.ts'

const probes = createProbes({ clock: createClock() })
const burst = 1500

async function ping(address: string, signal = new AbortController().signal): Promise<string> {
  return verdictOf(await probes.probe({ address, port: null }, icmpCheck, signal))
}

async function probeLoopback(): Promise<Record<string, unknown>> {
  const v4 = await ping('127.0.0.9')
  const v6 = await ping('::1')
  const many = probes.icmpMeans().v4 === 'ping-program' ? 50 : burst
  const verdicts = await Promise.all(Array.from({ length: many }, (_, i) => ping(`127.0.1.${1 + (i % 250)}`)))
  const lost = verdicts.filter(verdict => verdict !== v4).length
  return { v4, v6, lost, means: probes.icmpMeans(), broken: probes.broken() }
}

/** Ten thousand addresses, a few hundred in flight at any moment; what any but a pass was, and what it took. */
async function probeMany(addressOf: (i: number) => string): Promise<Record<string, unknown>> {
  const endpoints = 10_000
  const inFlightMax = 500
  const descriptorsBefore = readdirSync('/proc/self/fd').length
  const verdicts = new Map<string, number>()
  let next = 0
  const work = async (): Promise<void> => {
    while (next < endpoints) {
      const verdict = await ping(addressOf(next++))
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: inFlightMax }, work))
  return {
    verdicts: Object.fromEntries(verdicts),
    descriptors: readdirSync('/proc/self/fd').length - descriptorsBefore,
  }
}

async function probeFrom(source: string, address: string): Promise<string> {
  const check = { ...icmpCheck, source }
  return verdictOf(await probes.probe({ address, port: null }, check, new AbortController().signal))
}

async function probeSources(): Promise<Record<string, unknown>> {
  return {
    there: [await probeFrom('127.0.0.77', '127.0.0.9'), await probeFrom('2001:db8::77', '::1')],
    gone: [await probeFrom('192.0.2.99', '127.0.0.9'), await probeFrom('2001:db8:9::9', '::1')],
    none: [await ping('127.0.0.9'), await ping('::1')],
    broken: probes.broken(),
  }
}

/** Sees every echo request that this namespace sends to itself. */
function createListener(libc: Libc, family: Family): { next(): Promise<Uint8Array>; forge(message: Uint8Array): void } {
  const v4 = family === 'v4'
  const fd = v4
    ? libc.openSocket(linux.familyV4, linux.typeRaw, linux.protocolIcmp)
    : libc.openSocket(linux.familyV6, linux.typeRaw, linux.protocolIcmpV6)
  const packet = Buffer.allocUnsafeSlow(2048)
  const sender = Buffer.allocUnsafeSlow(128).subarray(0, 28)
  const requestAt = v4 ? 20 : 0
  const turnsMax = 100_000
  return {
    next: async () => {
      for (let turn = 0; turn < turnsMax; turn++) {
        const octets = libc.receiveFrom(fd, packet, sender, 0)
        if (octets > 0 && packet[requestAt] === (v4 ? 8 : 128)) return Uint8Array.from(packet.subarray(0, octets))
        if (octets < 0) await new Promise(resolve => setImmediate(resolve))
      }
      throw new Error('no echo was sent')
    },
    forge: message => {
      const to = writeSocketAddress(v4 ? parseIpv4('127.0.0.1')! : parseIpv6('::1')!, 0)
      libc.sendTo(fd, Buffer.from(message), to)
    },
  }
}

/** Destination unreachable, host (RFC 792) or address (RFC 4443), quoting the packet. */
function unreachable(family: Family, packet: Uint8Array): Uint8Array {
  const quoted = family === 'v4' ? packet : Uint8Array.from([...ipv6Header(packet.length), ...packet])
  const message = Uint8Array.from([family === 'v4' ? 3 : 1, family === 'v4' ? 1 : 3, 0, 0, 0, 0, 0, 0, ...quoted])
  if (family === 'v4') writeU16(message, 2, checksum(message))
  return message
}

function ipv6Header(payloadOctets: number): Uint8Array {
  const header = new Uint8Array(40)
  header[0] = 0x60
  writeU16(header, 4, payloadOctets)
  header[6] = 58
  header[7] = 64
  header.set(parseIpv6('::1')!, 8)
  header.set(parseIpv6('::1')!, 24)
  return header
}

async function probeSilence(libc: Libc, family: Family, address: string): Promise<Record<string, unknown>> {
  const listener = createListener(libc, family)
  const told = ping(address)
  listener.forge(unreachable(family, await listener.next()))
  const deadline = new AbortController()
  const untold = [told.then(() => ping(address, deadline.signal)), told.then(() => listener.next())] as const
  const error = await told
  await untold[1]
  deadline.abort('timeout')
  return { error, silence: await untold[0] }
}

/** A router that forwards the echo and says that another would be nearer (RFC 1122 section 3.2.2.2), then the reply. */
async function probeRedirected(libc: Libc, address: string): Promise<string> {
  const listener = createListener(libc, 'v4')
  const told = ping(address)
  const packet = await listener.next()
  const redirect = unreachable('v4', packet)
  redirect.set([5, 1, 0, 0, 127, 0, 0, 7])
  writeU16(redirect, 2, checksum(redirect))
  listener.forge(redirect)
  const reply = packet.slice(20)
  reply.set([0, 0, 0, 0])
  writeU16(reply, 2, checksum(reply))
  const host = libc.openSocket(linux.familyV4, linux.typeRaw, linux.protocolIcmp)
  libc.bind(host, writeSocketAddress(parseIpv4(address)!, 0))
  libc.sendTo(host, Buffer.from(reply), writeSocketAddress(parseIpv4('127.0.0.1')!, 0))
  return told
}

const libc = await loadLibc()
if (libc === null) throw new Error('needs koffi')
async function work(libc: Libc): Promise<Record<string, unknown>> {
  switch (process.argv[2]) {
    case 'errors':
      return { v4: await probeSilence(libc, 'v4', '127.0.0.9'), v6: await probeSilence(libc, 'v6', '::1') }
    case 'redirect':
      return { redirected: await probeRedirected(libc, '127.0.0.9') }
    case 'many':
      return {
        v4: await probeMany(i => `127.1.${i >> 8}.${i & 255}`),
        v6: await probeMany(i => `2001:db8::1:${i.toString(16)}`),
      }
    case 'sources':
      return probeSources()
    default:
      return probeLoopback()
  }
}

const found = await work(libc)
process.stdout.write(JSON.stringify({ ...found, means: probes.icmpMeans() }))
probes.close()
process.exitCode = 0

/**
 * Run in a network namespace that has a wire whose far end drops every frame, with 192.0.2.9 and 2001:db8::9 behind it:
 * probes them by every protocol, with a deadline as the shell sets it, and prints what the probes say.
 */
import type { CheckSpec } from '../../src/core/health/types.ts'
import { createClock } from '../../src/edge/clock.ts'
import { createProbes } from '../../src/edge/probe/table.ts'
import { dnsCheck, grpcCheck, httpCheck, httpsCheck, icmpCheck, tcpCheck, tlsSpec } from './probe-specs.ts'
import { verdictOf } from './probe-targets.ts'

const deadlineMs = 300
const checks: Readonly<Record<string, CheckSpec>> = {
  DNS: dnsCheck(),
  GRPC: grpcCheck(),
  HTTP: httpCheck(),
  'HTTP/2': httpCheck({ http2: true }),
  HTTPS: httpsCheck(),
  ICMP: icmpCheck,
  TCP: tcpCheck,
  'TCP over TLS': { ...tcpCheck, tls: tlsSpec() },
  'TCP with words': { ...tcpCheck, send: 'PING', expect: { kind: 'text', text: 'PONG' } },
}

const probes = createProbes({ clock: createClock() })
const said: Record<string, string> = {}
for (const address of ['192.0.2.9', '2001:db8::9']) {
  const entries = Object.entries(checks).map(async ([name, check]) => {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort('timeout'), deadlineMs)
    const port = check.protocol === 'ICMP' ? null : 443
    const outcome = await probes.probe({ address, port }, check, abort.signal)
    clearTimeout(timer)
    said[`${name} ${address}`] = verdictOf(outcome)
  })
  await Promise.all(entries)
}
probes.close()
process.stdout.write(JSON.stringify(said))

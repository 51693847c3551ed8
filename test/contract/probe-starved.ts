/** Run under a low `ulimit -n`: takes every descriptor, then probes, and prints what the probes say. */
import { openSync } from 'node:fs'
import { createClock } from '../../src/edge/clock.ts'
import { createProbes } from '../../src/edge/probe/table.ts'
import { execCheck, httpCheck, httpsCheck, metricsCheck, tcpCheck } from './probe-specs.ts'
import { verdictOf } from './probe-targets.ts'

const endpoint = { address: '127.0.0.9', port: 1 }
const checks = [tcpCheck, httpCheck(), httpsCheck({ tls: { caFile: null } }), execCheck(), metricsCheck()]
const probes = createProbes({ clock: createClock() })
const signal = new AbortController().signal
// Once with plenty: everything that Node loads lazily is loaded now.
for (const check of checks) await probes.probe(endpoint, check, signal)

const descriptorsMax = 10_000
let starved = false
for (let i = 0; i < descriptorsMax && !starved; i++) {
  try {
    openSync('/dev/null', 'r')
  } catch (error) {
    starved = error instanceof Error && error.message.startsWith('EMFILE')
    if (!starved) throw error
  }
}
const said: Record<string, string> = {}
for (const check of checks) said[check.protocol] = verdictOf(await probes.probe(endpoint, check, signal))
process.stdout.write(JSON.stringify(said))

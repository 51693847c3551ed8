/**
 * A fleet in bad weather: many changes of health in a short time, and clients that ask for zones to do harm. Secondaries
 * follow by changes, with no more than a version a second, and whoever asks by UDP notices nothing.
 * `FLEET_STORM_SECONDS=60` makes the storm as long as that, with more than a thousand transitions.
 */

import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readResidentBytes } from '../../bench/support.ts'
import { dialTcp, dialUdp, type TcpPeer } from '../contract/transport-peers.ts'
import { encodeQuery } from '../dns/bench.ts'
import { decode } from '../dns/decode.ts'
import { type Backends, startBackends } from './backends.ts'
import { installedSecondaries } from './fleet-programs.ts'
import {
  backendHosts,
  digestsOf,
  type Fleet,
  formsOf,
  serialOf,
  startFleet,
  timeOf,
  transfersSince,
  untilAnswered,
  untilSettled,
  zoneName,
} from './fleet-stage.ts'
import { needs } from './program.ts'

const installed = installedSecondaries()
const stormMs = Number(process.env['FLEET_STORM_SECONDS'] ?? 5) * 1_000
/** Between two blows: each of the flapping turns once a second. */
const blowMs = 50
const flapping = Array.from({ length: 20 }, (_, i) => `127.0.3.${i + 1}`)
/** So many that a third of the flapping is never most of all: that would be taken for our own trouble. */
const steady = Array.from({ length: 40 }, (_, i) => `127.0.4.${i + 1}`)

/** The documented zone and, behind it, names with two flapping members each. */
const withFlapping = (port: number, steadyPort: number) => (text: string) =>
  `${text.replace(
    'checks:\n',
    `checks:
  flap: {protocol: TCP, port: ${port}, interval: 200ms, timeout: 200ms, fall: 1, rise: 1, fast_interval: 100ms}
  steady: {protocol: TCP, port: ${steadyPort}, interval: 2s, timeout: 1s}
`,
  )}
  steady: {type: A, values: [${steady.join(', ')}], check: steady}
${flapping.map((host, i) => (i % 2 === 0 ? `  f${i}: {type: A, values: [${host}, ${flapping[i + 1]}], check: flap}\n` : '')).join('')}`

/** What is answered when all of them are up. */
const pairs = Object.fromEntries(
  flapping.flatMap((host, i) => (i % 2 === 0 ? [[`f${i}`, [host, flapping[i + 1]!]]] : [])),
)

/** Anybody may have it, and it is more than the kernel holds for a client that does not read. */
const open = `
transfer: {allow: [{from: 127.0.0.0/8}]}
soa: {mname: ns1.open.test., rname: h.open.test., serial: 1}
records:
  '@': {type: NS, value: ns1.open.test.}
  ns1: {type: A, value: 192.0.2.1}
${Array.from({ length: 800 }, (_, i) => `  t${i}: {type: TXT, value: '${'x'.repeat(30_000)}'}\n`).join('')}`

describe.runIf(installed.length > 0 && needs('dig'))('a fleet in bad weather', () => {
  let fleet: Fleet
  let flaps: Backends
  let calm: Server
  beforeAll(async () => {
    flaps = await startBackends(flapping)
    calm = createServer(socket => socket.destroy())
    await new Promise<void>(resolve => calm.listen(0, '0.0.0.0', resolve))
    const { port } = calm.address() as { port: number }
    fleet = await startFleet(installed, {
      edit: withFlapping(flaps.port, port),
      zones: { 'open.test.yaml': open },
      settings: text => `${text}limits: {tcp_idle: 2s, transfer_time: 5s}\n`,
    })
  })
  afterAll(async () => {
    await fleet?.stop()
    await flaps?.close()
    calm?.close()
  })

  test(
    'follows a storm of transitions by changes, a version a second at most, and is one again after it',
    async () => {
      const from = fleet.server().lines.length
      const first = (await serialOf(fleet.robin))!
      const beganMs = performance.now()
      const isUp = flapping.map(() => true)
      for (let blow = 0; performance.now() - beganMs < stormMs; blow++) {
        const at = (blow * 7) % flapping.length
        isUp[at] = !isUp[at]
        await (isUp[at] ? flaps.heal(at) : flaps.fail(at))
        await new Promise(resolve => setTimeout(resolve, blowMs))
      }
      for (const at of flapping.keys()) await flaps.heal(at)
      const last = await untilSettled(fleet.servers, pairs)
      const seconds = (performance.now() - beganMs) / 1_000
      const transitions = fleet
        .server()
        .lines.slice(from)
        .filter(({ event }) => event === 'transition')
      const transfers = transfersSince(fleet.server(), from, first)
      const digests = await digestsOf(fleet)
      expect(transitions.length).toBeGreaterThan((stormMs / 1_000) * 12)
      expect(last - first).toBeLessThanOrEqual(seconds + 1)
      expect(formsOf(transfers)).toEqual(['done ixfr'])
      expect(transfers.length).toBeLessThanOrEqual((last - first) * installed.length)
      expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1)
      if (process.env['FLEET_STORM_SECONDS'] !== undefined) {
        process.stdout.write(
          `${transitions.length} transitions, ${last - first} versions, ${transfers.length} transfers, ${seconds.toFixed(1)} s\n`,
        )
      }
    },
    stormMs + 40_000,
  )

  test('answers by UDP, follows health and stays small while 500 clients do harm', async () => {
    const server = fleet.server()
    const from = server.lines.length
    const before = readResidentBytes(server.pid)
    const peers: TcpPeer[] = []
    const trickle = setInterval(() => {
      for (const { socket } of peers) socket.read(16)
    }, 200)
    try {
      // A third ask for a large zone and read it in drops, a third send half a query, a third say nothing.
      for (let i = 0; i < 500; i++) {
        const peer = await dialTcp(fleet.robin, `127.0.5.${1 + (i % 5)}`)
        peers.push(peer)
        peer.socket.removeAllListeners('data')
        peer.socket.pause()
        if (i % 3 === 0) peer.send(encodeQuery('open.test', 'AXFR', { id: i }))
        if (i % 3 === 1) peer.write(Uint8Array.of(0, 40, 1, 2, 3))
      }
      const asked = askSteadily(fleet.robin, 1_000)
      await fleet.backends.fail(1)
      const gone = await untilAnswered(fleet.servers, { www: [backendHosts[0], backendHosts[2]] })
      const fell = await server.until(({ event, ...line }) => event === 'transition' && line['to'] === 'down', from)
      expect(gone - timeOf(fell)).toBeLessThan(3_000)
      expect(await asked).toBe(1_000)
      // 16 transfers with a message or two each, the connections, and what V8 had not yet collected.
      expect(readResidentBytes(server.pid) - before).toBeLessThan(64 * 1024 * 1024)
      const isOver = () =>
        transfersSince(server, from).filter(line => line['zone'] === 'open.test.' && line['outcome'] === 'failed')
          .length
      await server.until(() => isOver() >= 16, from)
    } finally {
      clearInterval(trickle)
      for (const peer of peers) await peer.close()
    }
    // Its places are free again.
    const later = await dialTcp(fleet.robin, '127.0.5.1')
    later.send(encodeQuery('open.test', 'AXFR'))
    expect(decode(await later.next()).rcode).toBe('NOERROR')
    await later.close()
    await fleet.backends.heal(1)
    await untilAnswered(fleet.servers, { www: backendHosts })
  }, 40_000)
})

/** Asks so many times by UDP, 200 a second; resolves with how many answers came. */
async function askSteadily(place: { readonly host: string; readonly port: number }, times: number): Promise<number> {
  const udp = await dialUdp(place)
  let answers = 0
  for (let id = 0; id < times; id++) {
    udp.send(encodeQuery(`ns1.${zoneName}`, 'A', { id }))
    const answer = await Promise.race([
      udp.next(),
      new Promise<null>(resolve => setTimeout(() => resolve(null), 1_000)),
    ])
    if (answer !== null && decode(answer).id === id) answers++
    await new Promise(resolve => setTimeout(resolve, 4))
  }
  await udp.close()
  return answers
}

/**
 * Zones given to others by the real program: stock clients get the zone that the file says, signed or not at all, in
 * every size; clients that take nothing, or half of something, cost nobody else anything.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dialTcp, dialUdp, type TcpPeer } from '../contract/transport-peers.ts'
import { encodeQuery } from '../dns/bench.ts'
import { decode } from '../dns/decode.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const run = promisify(execFile)
const secretOf = (octet: number): string => Buffer.alloc(48, octet).toString('base64')
const key = `hmac-sha384:xfr:${secretOf(3)}`
const others = {
  'another secret': `hmac-sha384:xfr:${secretOf(4)}`,
  'an unknown key': `hmac-sha384:nobody:${secretOf(3)}`,
  'another algorithm': `hmac-sha512:xfr:${secretOf(3)}`,
  'a key that no rule names': `hmac-sha256:spare:${secretOf(3)}`,
}

const config = `
keys:
  xfr: {algorithm: hmac-sha384, secret: '${secretOf(3)}'}
  spare: {algorithm: hmac-sha256, secret: '${secretOf(3)}'}
transfer: {allow: [{key: xfr, from: [127.0.0.0/8]}]}
limits: {tcp_idle: 2s, tcp_clients: 600}
`

const head = '$TTL 60\n@ SOA ns1 hostmaster 1 60 15 86400 5\n@ NS ns1\n@ NS ns.elsewhere.example.\nns1 A 192.0.2.53\n'
const host = (i: number): string => `h${i} A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\n`
const hosts = (count: number): string => Array.from({ length: count }, (_, i) => host(i)).join('')
const sizes = [0, 1, 399, 400, 401, 5_000, 30_000] as const
const text = (i: number): string => `"${String.fromCharCode(97 + (i % 26)).repeat(250)}"`

/** Something of everything, and enough of it for many messages. */
const varied = `${head}
@ MX 10 mail
@ CAA 128 issue "ca.example"
mail AAAA 2001:db8::25
*.wild 30 TXT "a wildcard"
cut NS ns.cut
ns.cut A 192.0.2.80
cut DS 12345 13 2 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F
_s._tcp SRV 1 2 3 mail
svc SVCB 1 mail alpn=h2 port=8443
nap NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .
old DNAME new.example.
alias CNAME mail
odd\\.name\\032x A 192.0.2.81
unknown TYPE65280 \\# 4 0A000001
long TXT ${Array.from({ length: 90 }, (_, i) => text(i)).join(' ')}
${Array.from({ length: 300 }, (_, i) => `t${i} TXT ${text(i)} ${text(i + 1)}\n`).join('')}`

/** A zone whose own header lets nobody have it. */
const closed = `
transfer: {}
soa: {mname: ns1.closed.test., rname: h.closed.test., serial: 1}
records: {'@': {type: NS, value: ns1.closed.test.}, ns1: {type: A, value: 192.0.2.1}}
`

let server: LiveServer
let place: string

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'robin-transfer-'))
  await writeFile(join(place, 'robin.yaml'), config)
  const zones = Object.fromEntries(sizes.map(count => [`n${count}.test.zone`, head + hosts(count)]))
  const files = { ...zones, 'varied.test.zone': varied, 'closed.test.yaml': closed }
  server = await startLiveServer(files, ['--config', join(place, 'robin.yaml')])
  // What is to be had is made ready while the server answers already.
  for (const zone of [...Object.keys(zones), 'varied.test.zone']) await untilOffered(zone.replace('.zone', ''))
}, 60_000)

afterAll(async () => {
  await server.close()
  await rm(place, { recursive: true, force: true })
})

const offerWaitMs = 10_000

/** Asks again and again for the zone's SOA by IXFR. */
async function untilOffered(zone: string, signedBy: string | null = key): Promise<void> {
  const words = [
    '@127.0.0.1',
    '-p',
    `${server.port}`,
    '+tcp',
    '+nocookie',
    ...(signedBy === null ? [] : ['-y', signedBy]),
  ]
  for (const endMs = Date.now() + offerWaitMs; Date.now() < endMs; ) {
    const { stdout } = await run('dig', [...words, zone, 'IXFR=2147483648'])
    if (/\sSOA\s/.test(stdout)) return
  }
  throw new Error(`${zone} is not to be had`)
}

/** Lines that the client printed as records, and all that it said. */
async function transfer(program: 'dig' | 'kdig', zone: string, type: string, signedBy: string | null) {
  const flavour = program === 'dig' ? ['+tries=1', '+nocookie', '+onesoa'] : ['+retry=0']
  const signed = signedBy === null ? [] : ['-y', signedBy]
  const words = ['@127.0.0.1', '-p', `${server.port}`, '+tcp', '+time=10', ...flavour, ...signed, zone, type]
  const done = run(program, words, { timeout: 30_000, maxBuffer: 2 ** 28 })
  const { stdout, stderr } = await done.catch((error: { stdout: string; stderr: string }) => error)
  const records = stdout.split('\n').filter(line => line !== '' && !line.startsWith(';') && !/\sTSIG\s/.test(line))
  return { records, text: stdout + stderr }
}

/** What a zone file comes to, record by record, as BIND's own tool writes it. */
async function normalized(zone: string, lines: string): Promise<string> {
  const file = join(place, 'given.zone')
  const made = join(place, 'made.zone')
  await writeFile(file, lines)
  const words = ['-q', '-i', 'none', '-k', 'ignore', '-n', 'ignore', '-m', 'ignore', '-r', 'ignore', '-S', 'ignore']
  await run('named-compilezone', [...words, '-s', 'full', '-o', made, zone, file], { timeout: 30_000 })
  return (await readFile(made, 'utf8')).split('\n').sort().join('\n')
}

const rss = async (): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024

for (const program of ['dig', 'kdig'] as const)
  describe.runIf(needs(program))(program, () => {
    it.each(sizes)('gets a zone of %i hosts, whole and believed', async count => {
      const { records, text: said } = await transfer(program, `n${count}.test`, 'AXFR', key)
      // Two NS, one A, and an SOA at both ends, of which dig prints one.
      expect(records).toHaveLength(count + 4 + (program === 'dig' ? 0 : 1))
      expect(said).not.toMatch(/Couldn't verify|reply verification|could not be validated/)
    })

    it.runIf(needs('named-compilezone'))('gets what the zone file says, record for record', async () => {
      const { records } = await transfer(program, 'varied.test', 'AXFR', key)
      const [soa, ...rest] = records
      const given = [soa, ...rest.filter(record => record !== soa)].join('\n')
      expect(await normalized('varied.test', `${given}\n`)).toBe(await normalized('varied.test', varied))
    })

    it('gets the SOA alone for what it has, and the zone for what is forgotten', async () => {
      const { records } = await transfer(program, 'n400.test', 'SOA', key)
      const serial = Number(records[0]?.split(/\s+/)[6])
      expect((await transfer(program, 'n400.test', `IXFR=${serial}`, key)).records).toHaveLength(1)
      expect((await transfer(program, 'n400.test', `IXFR=${serial - 1}`, key)).records.length).toBeGreaterThan(400)
    })

    it.each(Object.entries(others))('gets nothing with %s, and the log says why', async (_, signedBy) => {
      const from = server.lines.length
      const { records, text: said } = await transfer(program, 'n5000.test', 'AXFR', signedBy)
      expect(records).toEqual([])
      expect(said).toMatch(/NOTAUTH|BADKEY|BADSIG|REFUSED|[Tt]ransfer failed|not authoritative|refused/i)
      await server.until(line => line.event === 'transfer' && line['outcome'] === 'refused', from)
    })

    it('gets nothing without a key, and nothing of a zone that nobody may have', async () => {
      for (const [zone, signedBy] of [
        ['n5000.test', null],
        ['closed.test', key],
        ['nowhere.test', key],
      ] as const) {
        expect((await transfer(program, zone, 'AXFR', signedBy)).records).toEqual([])
      }
    })
  })

describe('clients that take nothing', () => {
  const stuck: TcpPeer[] = []
  afterAll(async () => {
    for (const peer of stuck) await peer.close()
  })
  const dial = async (localAddress: string): Promise<TcpPeer> => {
    const peer = await dialTcp({ host: '127.0.0.1', port: server.port }, localAddress)
    stuck.push(peer)
    return peer
  }

  it('five hundred at once, cost little memory and no answer', async () => {
    await server.write('open.test.yaml', open)
    await untilOffered('open.test', null)
    const from = server.lines.length
    const before = await rss()
    const udp = await dialUdp({ host: '127.0.0.1', port: server.port })
    // From ten addresses; a third ask, a third send half a query, a third say nothing.
    for (let i = 0; i < 500; i++) {
      const peer = await dial(`127.0.0.${10 + (i % 10)}`)
      if (i % 3 === 0) peer.send(encodeQuery('open.test', 'AXFR', { id: i }))
      if (i % 3 === 1) peer.write(Uint8Array.of(0, 40, 1, 2, 3))
      peer.socket.pause()
      if (i % 10 === 0) await expectAnswer(udp, i)
    }
    for (let id = 0; id < 200; id++) await expectAnswer(udp, id)
    const good = await dial('127.0.0.99')
    good.send(encodeQuery('ns1.varied.test', 'A', { id: 7 }))
    expect(decode(await good.next())).toMatchObject({ id: 7, rcode: 'NOERROR' })
    const peak = await rss()
    // Sixteen transfers with a message or two each, five hundred connections, and what V8 had not yet collected.
    expect(peak - before).toBeLessThan(64 * 1024 * 1024)
    // After two seconds of taking nothing all of them are gone, and their places are free.
    const failures = () =>
      server.lines.slice(from).filter(line => line.event === 'transfer' && line['outcome'] === 'failed')
    await server.until(() => failures().length === 16, from)
    for (const line of failures()) expect(line).toMatchObject({ zone: 'open.test.', reason: 'broken-off' })
    const later = await dial('127.0.0.98')
    later.send(encodeQuery('open.test', 'AXFR'))
    expect(decode(await later.next()).rcode).toBe('NOERROR')
    await udp.close()
  }, 60_000)

  async function expectAnswer(udp: Awaited<ReturnType<typeof dialUdp>>, id: number): Promise<void> {
    udp.send(encodeQuery('ns1.varied.test', 'A', { id }))
    expect(decode(await udp.next())).toMatchObject({ id, rcode: 'NOERROR' })
  }

  it('are in the metrics', async () => {
    const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
    const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1])
    expect(of('robin_transfers_total{outcome="failed"}')).toBeGreaterThanOrEqual(16)
    expect(of('robin_transfers_total{outcome="refused"}')).toBeGreaterThanOrEqual(100)
    expect(of('robin_transfers_total{outcome="done"}')).toBeGreaterThanOrEqual(sizes.length)
    expect(of('robin_transfer_octets_total')).toBeGreaterThan(1_000_000)
    expect(of('robin_dns_signatures_total{verdict="bad"}')).toBeGreaterThanOrEqual(6)
  })
})

/** Anybody may have it, and it is more than the kernel holds for a client that does not read. */
const open = `
transfer: {allow: [{from: [127.0.0.0/8]}]}
soa: {mname: ns1.open.test., rname: h.open.test., serial: 1}
records:
  '@': {type: NS, value: ns1.open.test.}
  ns1: {type: A, value: 192.0.2.1}
${Array.from({ length: 800 }, (_, i) => `  t${i}: {type: TXT, value: '${'x'.repeat(30_000)}'}\n`).join('')}`

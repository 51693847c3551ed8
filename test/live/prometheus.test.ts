/** The metrics of a running server, the alert rules and the dashboard, as Prometheus' own tool judges them. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { startLiveServer } from './server.ts'

const deploy = new URL('../../deploy/', import.meta.url).pathname

function promtool(words: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync('promtool', words, { input: input ?? '', encoding: 'utf8' })
  return { status, text: `${stdout}${stderr}` }
}

const zone = `soa: {mname: ns1.prom.test., rname: hostmaster.prom.test., serial: 7}
checks: {port: {protocol: TCP, port: 1, timeout: 200ms, interval: 1s}}
records:
  '@': {type: NS, value: ns1.prom.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, values: [127.0.0.11, 127.0.0.12], check: port}
`

describe.runIf(needs('promtool') && needs('dig'))('Prometheus', () => {
  it('finds nothing to say about the metrics, which tell what was asked and what is down', async () => {
    const server = await startLiveServer({ 'prom.test.yaml': zone })
    try {
      for (let asked = 0; asked < 3; asked++) await addresses(server.port, 'www.prom.test', 'A')
      const response = await fetch(`${server.adminUrl}/metrics`)
      const text = await response.text()
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
      expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, text: '' })
      expect(text).toContain('robin_zone_serial{zone="prom.test."} 7')
      expect(text).toMatch(/robin_dns_queries_total\{via="udp"\} [1-9]/)
      expect(text).toContain('robin_check_up{check="port",protocol="TCP",target="127.0.0.11:1"} 0')
      const www = 'owner="www.prom.test.",type="A",pool=""'
      expect(text).toContain(`robin_pool_answers_total{${www}} 3\n`)
      for (const last of [11, 12]) {
        expect(text).toContain(`robin_member_answers_total{${www},address="127.0.0.${last}"} 3\n`)
        expect(text).toMatch(
          new RegExp(`robin_member_first_answers_total\\{${www},address="127.0.0.${last}"\\} [12]\n`),
        )
      }
      expect(text).toContain('robin_worker_up{worker="0",via="udp"} 1')
      expect(text).toMatch(/robin_worker_silence_seconds\{worker="0",via="udp"\} 0(\.[0-9])?\n/)
      expect(text).toMatch(/robin_worker_generation\{worker="1",via="tcp"\} 1\n/)
      expect(text).toMatch(/robin_probe_duration_seconds_count\{protocol="TCP",outcome="fail"\} [1-9]/)
    } finally {
      await server.close()
    }
  })

  it('accepts the alert rules, which speak when they should', () => {
    expect(promtool(['check', 'rules', join(deploy, 'prometheus/robin.rules.yml')])).toMatchObject({ status: 0 })
    expect(promtool(['test', 'rules', join(deploy, 'prometheus/robin.rules.test.yml')])).toMatchObject({ status: 0 })
  })

  it('can read every query of the dashboard', async () => {
    const board = JSON.parse(await readFile(join(deploy, 'grafana/robin.json'), 'utf8')) as {
      readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
    }
    const queries = board.panels.flatMap(panel => panel.targets.map(({ expr }) => expr))
    expect(queries.length).toBeGreaterThan(10)
    const rules = queries.map((expr, i) => ({
      record: `dashboard:query:${i}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(instance|owner)/g, '.*'),
    }))
    const folder = await mkdtemp(join(tmpdir(), 'robin-board-'))
    try {
      const file = join(folder, 'rules.yml')
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
      expect(promtool(['check', 'rules', file])).toMatchObject({ status: 0 })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

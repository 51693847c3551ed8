/**
 * Each means of ICMP for real, in network namespaces where nothing but loopback exists: which one is chosen under which
 * permissions, that no reply of a burst is lost, and that errors find their echo.
 */
import { expect, it } from 'vitest'
import { mayIsolate, runIsolated } from '../contract/probe-namespace.ts'
import { needs } from './program.ts'

/** What takes every capability from root but lets programs gain those of their own file. */
const powerless = 'setpriv --securebits +noroot --inh-caps=-all'
/** As a hardened systemd unit: no program gains any. */
const bounded = 'setpriv --bounding-set -all --inh-caps=-all'
const allowPingSockets = 'sysctl -qw net.ipv4.ping_group_range="0 2147483647"'
const forbidPingSockets = 'sysctl -qw net.ipv4.ping_group_range="1 0"'
const ignoreEchoes = 'sysctl -qw net.ipv4.icmp_echo_ignore_all=1 net.ipv6.icmp.echo_ignore_all=1'

const possible = ['setpriv', 'ping'].every(program => needs(program)) && mayIsolate()

/** Where a program is missing, `needs` has said so, and failed if it must be there. */
function live(name: string, work: () => Promise<void>): void {
  it(name, async () => {
    if (possible) await work()
  })
}

function liveEach<R extends readonly string[]>(
  rows: readonly R[],
  name: string,
  work: (...row: R) => Promise<void>,
): void {
  for (const row of rows) live(name.replace('%s', row[0] ?? ''), () => work(...row))
}

const inNamespace = (prepare: readonly string[], prefix: string, argument = '') =>
  runIsolated('../live/icmp-namespace.ts', prepare, prefix, argument)

live('ping sockets, where the group range allows them, without any capability', async () => {
  const { status, said } = await inNamespace([allowPingSockets], powerless)
  expect(JSON.parse(said)).toEqual({
    v4: 'pass ok',
    v6: 'pass ok',
    lost: 0,
    means: { v4: 'ping-socket', v6: 'ping-socket' },
    broken: [],
  })
  expect(status).toBe(0)
})

live('raw sockets, where the capability allows them', async () => {
  const { status, said } = await inNamespace([forbidPingSockets], '')
  expect(JSON.parse(said)).toEqual({
    v4: 'pass ok',
    v6: 'pass ok',
    lost: 0,
    means: { v4: 'raw-socket', v6: 'raw-socket' },
    broken: [],
  })
  expect(status).toBe(0)
})

live('the ping program, where only that has the capability', async () => {
  const { status, said } = await inNamespace([forbidPingSockets], powerless)
  expect(JSON.parse(said)).toEqual({
    v4: 'pass ok',
    v6: 'pass ok',
    lost: 0,
    means: { v4: 'ping-program', v6: 'ping-program' },
    broken: [],
  })
  expect(status).toBe(0)
})

live('none, where nothing is allowed: inconclusive, with a remedy', async () => {
  const { status, said } = await inNamespace([forbidPingSockets], bounded)
  expect(JSON.parse(said)).toMatchObject({
    v4: 'inconclusive no-permission',
    v6: 'inconclusive no-permission',
    means: { v4: 'none', v6: 'none' },
    broken: [{ protocol: 'ICMP', reason: 'no-permission', remedy: expect.stringContaining('ping_group_range') }],
  })
  expect(status).toBe(0)
})

live('errors and silence over ping sockets', async () => {
  const { status, said } = await inNamespace([allowPingSockets, ignoreEchoes], '', 'errors')
  expect(JSON.parse(said)).toEqual({
    v4: { error: 'fail unreachable', silence: 'fail timeout' },
    v6: { error: 'fail unreachable', silence: 'fail timeout' },
    means: { v4: 'ping-socket', v6: 'ping-socket' },
  })
  expect(status).toBe(0)
})

live('errors and silence over raw sockets', async () => {
  const { status, said } = await inNamespace([forbidPingSockets, ignoreEchoes], '', 'errors')
  expect(JSON.parse(said)).toEqual({
    v4: { error: 'fail unreachable', silence: 'fail timeout' },
    v6: { error: 'fail unreachable', silence: 'fail timeout' },
    means: { v4: 'raw-socket', v6: 'raw-socket' },
  })
  expect(status).toBe(0)
})

liveEach(
  [
    ['ping-socket', allowPingSockets],
    ['raw-socket', forbidPingSockets],
  ] as const,
  'a redirect is no error, over a %s',
  async (means, permission) => {
    const { status, said } = await inNamespace([permission, ignoreEchoes], '', 'redirect')
    expect(JSON.parse(said)).toEqual({ redirected: 'pass ok', means: { v4: means, v6: null } })
    expect(status).toBe(0)
  },
)

const ownNetwork = 'ip -6 route add local 2001:db8::/64 dev lo'

liveEach(
  [
    ['ping-socket', allowPingSockets],
    ['raw-socket', forbidPingSockets],
  ] as const,
  'ten thousand endpoints of each family through one %s a family',
  async (means, permission) => {
    const { status, said } = await inNamespace([permission, ownNetwork], '', 'many')
    const all = { verdicts: { 'pass ok': 10_000 }, descriptors: 1 }
    expect(JSON.parse(said)).toEqual({ v4: all, v6: all, means: { v4: means, v6: means } })
    expect(status).toBe(0)
  },
)

liveEach(
  [
    ['ping-socket', allowPingSockets, powerless],
    ['raw-socket', forbidPingSockets, ''],
    ['ping-program', forbidPingSockets, powerless],
  ] as const,
  'from a source, by %s; one that is not there is inconclusive',
  async (means, permission, prefix) => {
    const { status, said } = await inNamespace(
      [permission, 'ip addr add 2001:db8::77/64 dev lo nodad'],
      prefix,
      'sources',
    )
    expect(JSON.parse(said)).toEqual({
      there: ['pass ok', 'pass ok'],
      gone: ['inconclusive no-socket', 'inconclusive no-socket'],
      none: ['pass ok', 'pass ok'],
      broken: [],
      means: { v4: means, v6: means },
    })
    expect(status).toBe(0)
  },
)

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { gatewayV4, gatewayV6, readGateways } from '../../../src/edge/gateway.ts'

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'
const v4 = (destination: string, gateway: string, flags: string, metric: number, mask: string) =>
  `eth0\t${destination}\t${gateway}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`
const nil = '0'.repeat(32)
const v6 = (hop: string, metric: string, flags: string, length = '00') =>
  `${nil} ${length} ${nil} 00 ${hop} ${metric} 00000001 00000000 ${flags}     eth0\n`

let folders: string[] = []
afterEach(async () => {
  for (const folder of folders) await rm(folder, { recursive: true })
  folders = []
})

describe('the IPv4 gateway', () => {
  it('is that of the default route, which is kept last octet first', () => {
    const table = `${head}${v4('00000000', '010200C0', '0003', 0, '00000000')}${v4('000200C0', '00000000', '0001', 0, '00FFFFFF')}`
    expect(gatewayV4(table)).toBe('192.0.2.1')
  })

  it('is the cheapest of several', () => {
    const dear = v4('00000000', '0100000A', '0003', 600, '00000000')
    expect(gatewayV4(head + dear + v4('00000000', '0200000A', '0003', 100, '00000000'))).toBe('10.0.0.2')
  })

  it.each([
    ['half of the net is no default', v4('00000000', '0100000A', '0003', 0, '00000080')],
    ['a route that is down', v4('00000000', '0100000A', '0002', 0, '00000000')],
    ['a route without a gateway, as of a tunnel', v4('00000000', '00000000', '0001', 0, '00000000')],
    ['nothing', ''],
    ['noise', 'eth0\t00000000\tXX\n\n\t\n'],
  ])('is none: %s', (_story, rows) => {
    expect(gatewayV4(head + rows)).toBeNull()
  })
})

describe('the IPv6 gateway', () => {
  it('carries its interface where its address alone says too little', () => {
    expect(gatewayV6(v6('fe800000000000000000000000000001', '00000400', '00000003'))).toBe('fe80::1%eth0')
    expect(gatewayV6(v6('20010db8000000000000000000000001', '00000400', '00000003'))).toBe('2001:db8::1')
  })

  it('is the cheapest of several, metrics being hexadecimal', () => {
    const dear = v6('20010db8000000000000000000000001', '00000400', '00000003')
    expect(gatewayV6(dear + v6('20010db8000000000000000000000002', '00000064', '00000003'))).toBe('2001:db8::2')
  })

  it('is none where there is a network, or a refusal', () => {
    expect(gatewayV6(v6(nil, 'ffffffff', '00200200'))).toBeNull()
    expect(gatewayV6(v6('20010db8000000000000000000000001', '00000400', '00000003', '40'))).toBeNull()
  })
})

describe('the gateways of a host', () => {
  it('are read from its tables; a host without tables has none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'robin-routes-'))
    folders.push(folder)
    expect(await readGateways(folder)).toEqual([])
    await writeFile(join(folder, 'route'), head + v4('00000000', '0100000A', '0003', 0, '00000000'))
    expect(await readGateways(folder)).toEqual(['10.0.0.1'])
    await writeFile(join(folder, 'ipv6_route'), v6('fe800000000000000000000000000001', '00000400', '00000003'))
    expect(await readGateways(folder)).toEqual(['10.0.0.1', 'fe80::1%eth0'])
  })
})

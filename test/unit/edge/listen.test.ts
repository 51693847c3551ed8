import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  expandWildcard,
  explainListenError,
  formatListen,
  type Interfaces,
  parseListen,
  reservePort,
} from '../../../src/edge/transport/listen.ts'

describe('parseListen', () => {
  it.each([
    ['127.0.0.1:5300', '127.0.0.1', 5300],
    ['0.0.0.0:53', '0.0.0.0', 53],
    ['*:53', '0.0.0.0', 53],
    ['localhost:0', '127.0.0.1', 0],
    ['[::1]:53', '::1', 53],
    ['[::]:65535', '::', 65535],
    ['[2001:DB8:0:0::1]:53', '2001:db8::1', 53],
  ])('reads %s', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port })
  })

  it.each([
    '',
    '53',
    ':53',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:053',
    '127.0.0.1:-1',
    '127.0.0.1:53 ',
    '127.1:53',
    '256.0.0.1:53',
    'ns1.example.com:53',
    '::1:53',
    '::1',
    '[::1]',
    '[::1]53',
    '[127.0.0.1]:53',
    '[localhost]:53',
    '[fe80::1%eth0]:53',
    '[]:53',
  ])('refuses %j', text => {
    expect(parseListen(text)).toBeNull()
  })

  it('is undone by formatListen', () => {
    for (const text of ['127.0.0.1:5300', '[::1]:0']) expect(formatListen(parseListen(text)!)).toBe(text)
  })
})

describe('expandWildcard', () => {
  const entry = (address: string) => {
    const common = { mac: '00:00:00:00:00:00', internal: false, cidr: null, netmask: '' }
    return address.includes(':')
      ? { ...common, address, family: 'IPv6' as const, scopeid: 0 }
      : { ...common, address, family: 'IPv4' as const }
  }
  const interfaces: Interfaces = {
    lo: [entry('127.0.0.1'), entry('::1')],
    eth0: [entry('192.0.2.7'), entry('2001:db8::7'), entry('fe80::7'), entry('febf::7')],
    eth1: [entry('192.0.2.7'), entry('198.51.100.7')],
    gone: undefined,
  }

  it('names every IPv4 address once', () => {
    expect(expandWildcard({ host: '0.0.0.0', port: 53 }, interfaces)).toEqual(
      ['127.0.0.1', '192.0.2.7', '198.51.100.7'].map(host => ({ host, port: 53 })),
    )
  })

  it('names every IPv6 address but link-local ones', () => {
    expect(expandWildcard({ host: '::', port: 53 }, interfaces)).toEqual(
      ['::1', '2001:db8::7'].map(host => ({ host, port: 53 })),
    )
  })

  it('leaves an address as it is', () => {
    expect(expandWildcard({ host: '192.0.2.1', port: 53 }, interfaces)).toEqual([{ host: '192.0.2.1', port: 53 }])
  })

  it('asks the machine when not told', () => {
    expect(expandWildcard({ host: '0.0.0.0', port: 1 })).toContainEqual({ host: '127.0.0.1', port: 1 })
  })
})

describe('reservePort', () => {
  it('settles port 0 on one that UDP and TCP can have', async () => {
    const { host, port } = await reservePort('127.0.0.1', 0)
    expect(host).toBe('127.0.0.1')
    expect(port).toBeGreaterThan(0)
    expect(await reservePort(host, port)).toEqual({ host, port })
    const server = createServer().listen({ host, port })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  })

  it('settles port 0 on one that no client of this machine can be given', async () => {
    const range = '/proc/sys/net/ipv4/ip_local_port_range'
    const first = existsSync(range) ? Number(readFileSync(range, 'ascii').split(/\s+/)[0]) : 0
    const ports = await Promise.all(Array.from({ length: 20 }, () => reservePort('127.0.0.1', 0)))
    for (const { port } of ports) {
      if (first > 16_384) expect(port).toBeLessThan(first)
      expect(port).toBeGreaterThanOrEqual(1024)
    }
    expect(new Set(ports.map(({ port }) => port)).size).toBeGreaterThan(10)
  })

  it('sees a holder that would share the port with us', async () => {
    const holder = createSocket({ type: 'udp4', reusePort: true })
    holder.bind(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address()
    await expect(reservePort('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    holder.close()
    await once(holder, 'close')
  })

  it('keeps the code of an address that is not ours', async () => {
    await expect(reservePort('203.0.113.1', 0)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })
})

describe('explainListenError', () => {
  const trouble = (code: string): Error => Object.assign(new Error(`bind ${code}`), { code })

  it.each([
    ['EACCES', '127.0.0.1:53', ['127.0.0.1:53', 'CAP_NET_BIND_SERVICE', 'ip_unprivileged_port_start=53']],
    ['EACCES', '127.0.0.1:5300', ['127.0.0.1:5300', 'SELinux']],
    ['EADDRINUSE', '[::1]:53', ['[::1]:53', "ss -lntup 'sport = :53'"]],
    ['EADDRNOTAVAIL', '203.0.113.1:53', ['203.0.113.1', 'ip address']],
    ['EAFNOSUPPORT', '[::1]:53', ['IPv6']],
    ['EMFILE', '127.0.0.1:53', ['127.0.0.1:53', 'bind EMFILE']],
  ])('says what %s on %s means, in one line', (code, place, parts) => {
    const line = explainListenError(trouble(code), parseListen(place)!)
    for (const part of parts) expect(line).toContain(part)
    expect(line).not.toContain('\n')
  })

  it('takes whatever was thrown', () => {
    expect(explainListenError('odd', { host: '127.0.0.1', port: 53 })).toContain('odd')
  })
})

import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { splitScope } from '../../../src/edge/probe/icmp/scope.ts'

const linked = Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
  (entries ?? []).flatMap(entry => (entry.family === 'IPv6' && entry.scopeid ? [{ name, scope: entry.scopeid }] : [])),
)

describe('the interface of an address', () => {
  it('is none where none is named', () => {
    expect(splitScope('10.0.0.1')).toEqual({ address: '10.0.0.1', scope: 0 })
    expect(splitScope('2001:db8::1')).toEqual({ address: '2001:db8::1', scope: 0 })
  })

  it('is not known where there is none of that name', () => {
    expect(splitScope('fe80::1%nosuch0')).toEqual({ address: 'fe80::1', scope: null })
    expect(splitScope('fe80::1%')).toEqual({ address: 'fe80::1', scope: null })
  })

  it('is the number that the system gave it', () => {
    const found = linked.map(({ name }) => splitScope(`fe80::1%${name}`).scope)
    expect(found).toEqual(linked.map(({ scope }) => scope))
  })
})

import { describe, expect, it } from 'vitest'
import { octets } from './bench.ts'
import { decode } from './decode.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

function answerTo(hex: string) {
  const response = bench.raw(octets(hex))
  return response === null ? null : decode(response)
}

describe('EDNS (RFC 6891)', () => {
  it('OPT comes back exactly when one was sent, with our size of 1232', () => {
    expect(bench.query('ref.test', 'SOA', { edns: {} }).opt).toMatchObject({ payload: 1232, version: 0, flags: 0 })
    expect(bench.query('ref.test', 'SOA').opt).toBeNull()
    expect(bench.query('www.example.com', 'A', { edns: {} })).toMatchObject({
      rcode: 'REFUSED',
      opt: { payload: 1232 },
    })
  })

  it('version 1 is BADVERS with our version and empty sections', () => {
    const response = bench.query('ref.test', 'SOA', { edns: { version: 1 } })
    expect(response).toMatchObject({ rcode: 'BADVERS', answer: [], authority: [], opt: { version: 0, options: 0 } })
  })

  it('copies DO and no other flag', () => {
    expect(bench.query('ref.test', 'SOA', { edns: { dnssecOk: true } }).opt?.flags).toBe(0x8000)
    const other = answerTo('0101 0000 0001 0000 0000 0001 n:ref.test 0006 0001 00 0029 04d0 0000 0080 0000')
    expect(other?.opt?.flags).toBe(0)
  })

  it('ignores unknown options, and an option twice', () => {
    for (const option of ['0004 00640000', '0008 00030000 00030000']) {
      const response = answerTo(`0103 0000 0001 0000 0000 0001 n:ref.test 0006 0001 00 0029 04d0 00000000 ${option}`)
      expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], opt: { options: 0 } })
    }
  })

  it('payload sizes below 512 count as 512', () => {
    for (const payload of [0, 1, 511]) {
      const response = bench.query('t513.ref.test', 'TXT', { edns: { payload } })
      expect(response.flags).toContain('tc')
      expect(bench.query('ref.test', 'SOA', { edns: { payload } })).toMatchObject({ rcode: 'NOERROR' })
    }
  })

  it.each([
    ['two OPT records', '00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000', '0002'],
    ['an OPT whose options end early', '00 0029 04d0 00000000 0003 000300', '0001'],
    ['an OPT with a length past the end', '00 0029 04d0 00000000 ffff', '0001'],
    ['an OPT that is not owned by the root', '0161 00 0029 04d0 00000000 0000', '0001'],
  ])('%s: FORMERR', (_, opt, count) => {
    const response = answerTo(`0102 0000 0001 0000 0000 ${count} n:ref.test 0006 0001 ${opt}`)
    expect(response).toMatchObject({ rcode: 'FORMERR', question: null })
  })

  it('an OPT in the answer section: FORMERR', () => {
    const response = answerTo('0102 0000 0001 0001 0000 0000 n:ref.test 0006 0001 00 0029 04d0 00000000 0000')
    expect(response).toMatchObject({ rcode: 'FORMERR' })
  })
})

describe('EDNS of another version', () => {
  it('is BADVERS whatever its options are', () => {
    const response = answerTo(
      '0101 0000 0001 0000 0000 0001 n:ref.test 0006 0001 00 0029 04d0 00010000 0006 00080002ffff',
    )
    expect(response).toMatchObject({ rcode: 'BADVERS', opt: { version: 0, options: 0 } })
  })
})

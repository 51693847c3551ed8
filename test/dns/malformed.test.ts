import { describe, expect, it } from 'vitest'
import { octets } from './bench.ts'
import { decode } from './decode.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

function answerTo(hex: string) {
  const response = bench.raw(octets(hex))
  return response === null ? null : decode(response)
}

describe('packets that are not proper queries', () => {
  it('a response is never answered, nor anything shorter than a header', () => {
    expect(bench.raw(octets('0105 8000 0001 0000 0000 0000 n:ref.test 0006 0001'))).toBeNull()
    for (let length = 0; length < 12; length++) expect(bench.raw(new Uint8Array(length))).toBeNull()
  })

  it.each([1, 2, 3, 4, 5, 6, 15])('opcode %i: NOTIMP with our ID and that opcode', opcode => {
    const flags = (opcode << 11).toString(16).padStart(4, '0')
    const response = answerTo(`beef ${flags} 0001 0000 0000 0000 n:ref.test 0006 0001`)
    expect(response).toMatchObject({ id: 0xbeef, opcode, rcode: 'NOTIMP', flags: ['qr'], question: null })
  })

  it.each([
    ['no question', '0100 0000 0000 0000 0000 0000'],
    ['two questions', '0106 0000 0002 0000 0000 0000 n:ref.test 0006 0001 n:www.ref.test 0001 0001'],
    ['a question cut short', '0108 0000 0001 0000 0000 0000 03777777'],
    ['a question without class', '0108 0000 0001 0000 0000 0000 n:ref.test 0006'],
    ['a pointer to itself', '0109 0000 0001 0000 0000 0000 c00c 0001 0001'],
    ['two pointers in a loop', '0110 0000 0001 0000 0000 0000 c00ec00c 0001 0001'],
    ['a pointer forward', '0111 0000 0001 0000 0000 0000 c0ff 0001 0001'],
    ['label type 01', '0113 0000 0001 0000 0000 0000 41 n:ref.test 0001 0001'],
    ['label type 10', '0114 0000 0001 0000 0000 0000 80 n:ref.test 0001 0001'],
    [
      'a name of more than 255 octets',
      `0112 0000 0001 0000 0000 0000 ${`3f${'61'.repeat(63)}`.repeat(4)} 00 0001 0001`,
    ],
    ['fewer records than it counts', '0112 0000 0001 0000 0000 0001 n:ref.test 0006 0001'],
    [
      'a record longer than the message',
      '0112 0000 0001 0000 0000 0001 n:ref.test 0006 0001 00 0010 0001 00000000 00ff',
    ],
  ])('%s: FORMERR with our ID and nothing else', (_, hex) => {
    expect(answerTo(hex)).toMatchObject({ rcode: 'FORMERR', flags: ['qr'], octets: 12 })
  })

  it('records in the answer section of a query and trailing octets do not matter', () => {
    const extra = 'n:www.ref.test 0001 0001 c00c 0001 0001 00000001 0004 01020304'
    expect(answerTo(`0119 0000 0001 0001 0000 0000 ${extra}`)).toMatchObject({ rcode: 'NOERROR' })
    expect(answerTo('0120 0000 0001 0000 0000 0000 n:www.ref.test 0001 0001 ffff')).toMatchObject({ rcode: 'NOERROR' })
  })

  it('a name of exactly 255 octets in 127 labels is read', () => {
    const name = `${'0161'.repeat(122)} n:ref.test`
    const response = answerTo(`0121 0000 0001 0000 0000 0000 ${name} 0001 0001`)
    expect(response?.rcode).toBe('NXDOMAIN')
  })
})

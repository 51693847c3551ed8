/** The reader of HTTP/1.1 responses: what it takes, what it refuses, and that pieces make no difference. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createReader,
  type HttpField,
  headOctetsMax,
  isOver,
  type ResponseReader,
  readEnd,
  readOctets,
  responseOf,
} from '../../../src/edge/probe/http-reader.ts'

const seed = 20_261_122
const bodyOctetsMax = 64 * 1024

/** Feeds the pieces and, unless told otherwise, ends the connection. */
function readAll(pieces: readonly Uint8Array[], options: { isHead?: boolean; bodyMax?: number; open?: boolean } = {}) {
  const reader = createReader(options.isHead ?? false, options.bodyMax ?? bodyOctetsMax)
  // One buffer for all pieces, wiped between them: the reader may not look at a piece again.
  const landing = Buffer.alloc(Math.max(1, ...pieces.map(piece => piece.length)))
  for (const piece of pieces) {
    landing.fill(0x7f)
    landing.set(piece)
    readOctets(reader, landing, piece.length)
  }
  if (options.open !== true) readEnd(reader)
  return reader
}

function read(text: string, options: Parameters<typeof readAll>[1] = {}): ResponseReader {
  return readAll([Buffer.from(text, 'latin1')], options)
}

function told(reader: ResponseReader) {
  const { phase, reusable } = reader
  if (phase !== 'done') return { phase }
  const { body, ...rest } = responseOf(reader)
  return { phase, reusable, ...rest, body: body.toString('latin1') }
}

const ok = 'HTTP/1.1 200 OK\r\n'

describe('framing', () => {
  it.each([
    ['a length', `${ok}Content-Length: 2\r\n\r\nUP`, 'UP', true],
    ['no octet', `${ok}Content-Length: 0\r\n\r\n`, '', true],
    ['chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nU\r\n1\r\nP\r\n0\r\n\r\n`, 'UP', true],
    [
      'chunks with extensions and trailers',
      `${ok}Transfer-Encoding: Chunked\r\n\r\n2;a=b\r\nUP\r\n00\r\nX: y\r\n\r\n`,
      'UP',
      true,
    ],
    ['the end of the connection', `${ok}\r\nUP`, 'UP', false],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    [
      '304, whose length is that of another response',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
      '',
      true,
    ],
    ['an end that was announced', `${ok}Connection: keep-alive, Close\r\nContent-Length: 2\r\n\r\nUP`, 'UP', false],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nUP', 'UP', false],
    ['surplus octets', `${ok}Content-Length: 2\r\n\r\nUP?`, 'UP', false],
    [
      'interim responses before it',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${ok}Content-Length: 2\r\n\r\nUP`,
      'UP',
      true,
    ],
  ])('by %s', (_what, text, body, reusable) => {
    expect(told(read(text, { open: true }).phase === 'done' ? read(text, { open: true }) : read(text))).toMatchObject({
      phase: 'done',
      body,
      whole: true,
      reusable,
    })
  })

  it('of a response to HEAD has no body, whatever it says', () => {
    expect(told(read(`${ok}Content-Length: 100\r\n\r\n`, { isHead: true, open: true }))).toMatchObject({
      body: '',
      reusable: true,
    })
  })

  it.each([
    ['in the head', 'HTTP/1.1 200 OK\r\nConte'],
    ['before the head', ''],
    ['in a body with a length', `${ok}Content-Length: 9\r\n\r\nUP`],
    ['in a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nUP`],
    ['before the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nUP\r\n`],
    ['in the trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n`],
    ['after an interim response', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('that ends %s is cut', (_where, text) => {
    expect(read(text).phase).toBe('cut')
  })
})

describe('the head', () => {
  it('yields status, phrase and fields', () => {
    const text = 'HTTP/1.1 503 Sch\xf6n kaputt\r\nX-State:  draining \t\r\nx-state:\r\nDate: a:b\r\n\r\n'
    const { status, phrase, fields } = responseOf(read(text))
    const expected: readonly HttpField[] = [
      ['x-state', 'draining'],
      ['x-state', ''],
      ['date', 'a:b'],
    ]
    expect([status, phrase, fields]).toEqual([503, 'Sch\xf6n kaputt', expected])
  })

  it.each(['HTTP/1.1 200\r\n\r\n', 'HTTP/1.1 200 \r\n\r\n'])('may lack the phrase: %o', text => {
    expect(responseOf(read(text))).toMatchObject({ status: 200, phrase: '', fields: [] })
  })

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another protocol, cut', 'SS'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n'],
    ['a status of two digits', 'HTTP/1.1 99 OK\r\n\r\n'],
    ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a line without CR', 'HTTP/1.1 200 OK\nX: y\n\n\r\n\r\n'],
    ['lines without CR, and no other', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nUP'],
    ['a bare CR', `${ok}X: a\rb\r\n\r\n`],
    ['a folded field', `${ok}X: a\r\n b\r\n\r\n`],
    ['a blank before the colon', `${ok}X : a\r\n\r\n`],
    ['a field without a name', `${ok}: a\r\n\r\n`],
    ['a field without a colon', `${ok}X\r\n\r\n`],
    ['a NUL', `${ok}X: a\0b\r\n\r\n`],
    ['two lengths', `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nUP`],
    ['a length with a sign', `${ok}Content-Length: +2\r\n\r\nUP`],
    ['a list of lengths', `${ok}Content-Length: 2, 2\r\n\r\nUP`],
    ['an endless length', `${ok}Content-Length: ${'9'.repeat(16)}\r\n\r\nUP`],
    ['length and coding', `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['two codings', `${ok}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['an unknown coding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a chunk without a size', `${ok}Transfer-Encoding: chunked\r\n\r\n\r\n`],
    ['a chunk size with 0x', `${ok}Transfer-Encoding: chunked\r\n\r\n0x2\r\nUP\r\n`],
    ['a chunk size of nine digits', `${ok}Transfer-Encoding: chunked\r\n\r\n000000002\r\nUP\r\n`],
    ['a chunk longer than its size', `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nUP\r\n`],
    ['a trailer that is none', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX\r\n\r\n`],
    ['interim responses without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)],
  ])('with %s is a fault', (_what, text) => {
    expect(read(text, { open: true }).phase).toBe('fault')
  })

  it.each([
    ['one long field', `${ok}X: ${'a'.repeat(headOctetsMax)}`],
    ['many fields', ok + 'X: y\r\n'.repeat(headOctetsMax / 6)],
    ['a long field at once', `${ok}X: ${'a'.repeat(headOctetsMax)}\r\n\r\n`],
    ['a long extension', `${ok}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(2000)}`],
    ['many extensions', `${ok}Transfer-Encoding: chunked\r\n\r\n${`1;${'a'.repeat(1000)}\r\nU\r\n`.repeat(20)}`],
    ['many trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(headOctetsMax / 5)}`],
  ])('is bounded: %s', (_what, text) => {
    expect(read(text, { open: true }).phase).toBe('fault')
  })
})

describe('the body', () => {
  it.each([
    ['with a length', `${ok}Content-Length: 5\r\n\r\n`, 'abcde'],
    ['to the end of the connection', `${ok}\r\n`, 'abcde'],
    ['in chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n`, '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'],
  ])('%s is kept up to the limit, and the reader says so', (_what, head, body) => {
    for (const [bodyMax, kept, whole] of [
      [4, 'abcd', false],
      [5, 'abcde', true],
      [6, 'abcde', true],
    ] as const) {
      expect(told(read(head + body, { bodyMax }))).toMatchObject({ phase: 'done', body: kept, whole })
    }
    expect(told(read(head, { bodyMax: 0, open: true }))).toMatchObject({ phase: 'done', body: '', whole: false })
  })

  it('is not waited for beyond the limit', () => {
    expect(read(`${ok}Content-Length: 9\r\n\r\nabcd`, { bodyMax: 4, open: true }).phase).toBe('done')
  })
})

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)
const fieldValue = fc.stringMatching(/^(?:[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]{0,20}[\x21-\x7e\x80-\xff])?)?$/)
const ownField = fc
  .tuple(token, fieldValue)
  .filter(([name]) => !/^(content-length|transfer-encoding|connection)$/i.test(name))
const octets = fc.uint8Array({ maxLength: 300 })

/** A response as a server may write it, and what it means. */
const written = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }).filter(status => status !== 204 && status !== 304),
    phrase: fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/),
    fields: fc.array(ownField, { maxLength: 6 }),
    body: octets,
    framing: fc.constantFrom('length', 'chunked', 'close'),
    cuts: fc.array(fc.nat(300), { maxLength: 5 }),
  })
  .map(({ status, phrase, fields, body, framing, cuts }) => {
    const framed =
      framing === 'length'
        ? [['Content-Length', `${body.length}`]]
        : framing === 'chunked'
          ? [['Transfer-Encoding', 'chunked']]
          : []
    const lines = [...fields, ...framed].map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const head = Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${lines}\r\n`, 'latin1')
    const message = framing === 'chunked' ? Buffer.concat([head, chunked(body, cuts)]) : Buffer.concat([head, body])
    const read: readonly HttpField[] = fields.map(([name, value]) => [name.toLowerCase(), value])
    return { message, status, phrase, fields: read, framed: framed.length, body: Buffer.from(body) }
  })

function chunked(body: Uint8Array, cuts: readonly number[]): Buffer {
  const ends = [...new Set([...cuts.filter(cut => cut > 0 && cut < body.length), body.length])].sort((a, b) => a - b)
  const pieces: Uint8Array[] = []
  let from = 0
  for (const end of ends) {
    if (end > from)
      pieces.push(Buffer.from(`${(end - from).toString(16)}\r\n`), body.subarray(from, end), Buffer.from('\r\n'))
    from = end
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}

function cutUp(message: Buffer, cuts: readonly number[]): readonly Uint8Array[] {
  const at = [0, ...cuts.map(cut => cut % (message.length + 1)).sort((a, b) => a - b), message.length]
  return at.slice(1).map((end, i) => message.subarray(at[i], end))
}

describe('whatever comes', () => {
  it('what a server wrote is what is read, in any pieces', () => {
    fc.assert(
      fc.property(written, fc.array(fc.nat(2000), { maxLength: 12 }), (given, cuts) => {
        const reader = readAll(cutUp(given.message, cuts))
        const { status, phrase, fields, body, whole } = responseOf(reader)
        expect([reader.phase, status, phrase, whole]).toEqual(['done', given.status, given.phrase, true])
        expect(fields.slice(0, fields.length - given.framed)).toEqual(given.fields)
        expect(body.equals(given.body)).toBe(true)
      }),
      { seed, numRuns: 1000 },
    )
  })

  it('octet by octet it is the same', () => {
    fc.assert(
      fc.property(written, given => {
        const single = readAll([...given.message].map(octet => Uint8Array.of(octet)))
        expect(told(single)).toEqual(told(readAll([given.message])))
      }),
      { seed, numRuns: 200 },
    )
  })

  const shards = fc.constantFrom(
    ...['HTTP/1.1 200 OK', 'HTTP/1.0 404 ', '\r\n', '\n', '\r', ': ', 'Content-Length', 'Transfer-Encoding', 'chunked'],
    ...[
      '0',
      '2',
      'UP',
      '5;x',
      'Connection',
      'close',
      ' ',
      '\0',
      'HTTP/1.1 100 Continue\r\n\r\n',
      '\r\n\r\n',
      'ffffffff',
    ],
  )
  const hostile = fc
    .tuple(fc.boolean(), fc.array(fc.oneof(shards, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 30 }))
    .map(([begins, parts]) => Buffer.from(`${begins ? ok : ''}${parts.join('')}`, 'latin1'))

  it('nothing throws, limits hold, and pieces make no difference', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(400), { maxLength: 6 }), fc.nat(20), (message, cuts, bodyMax) => {
        const whole = readAll([message], { bodyMax })
        const pieces = readAll(cutUp(message, cuts), { bodyMax })
        expect(isOver(whole)).toBe(true)
        expect(told(pieces)).toEqual(told(whole))
        expect(whole.body.length).toBeLessThanOrEqual(bodyMax)
        expect(whole.held.length).toBeLessThanOrEqual(headOctetsMax)
      }),
      { seed, numRuns: 3000 },
    )
  })

  it('a drip of any length is read in time that grows with it', () => {
    const begunMs = performance.now()
    const head = Buffer.from(`${ok}X:${' '.repeat(headOctetsMax - 100)}`, 'latin1')
    const drip = Array.from(head, octet => Uint8Array.of(octet))
    expect(readAll([...drip, Buffer.from('\0\r\n\r\n')], { open: true }).phase).toBe('fault')
    // Generous to a busy machine; work that grows with the square of it takes far longer.
    expect(performance.now() - begunMs).toBeLessThan(2000)
  })
})

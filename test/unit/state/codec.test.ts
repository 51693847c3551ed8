import { describe, expect, it } from 'vitest'
import { decodeState } from '../../../src/core/state/index.ts'
import { busyBench, digest, encoded, saved } from './states.ts'

const state = saved(busyBench())
const octets = encoded(state)
const text = new TextDecoder()

const faultOf = (given: Uint8Array) => {
  const decoded = decodeState(given, digest)
  return decoded.kind === 'fault' ? decoded.fault : null
}

/** The same state with a head that fits a changed body. */
function withBody(change: (body: string) => string): Uint8Array {
  const whole = text.decode(octets)
  const body = new TextEncoder().encode(change(whole.slice(whole.indexOf('\n') + 1)))
  const head = new TextEncoder().encode(`robin-state 1 ${digest(body)} ${body.length}\n`)
  return Uint8Array.from([...head, ...body])
}

describe('state', () => {
  it('comes back as it was', () => {
    expect(decodeState(octets, digest)).toEqual({ kind: 'state', state })
    expect(state.tracks).toHaveLength(5)
  })

  it('is for people too: one line that says what it is, then JSON', () => {
    const lines = text.decode(octets).split('\n')
    expect(lines[0]).toMatch(/^robin-state 1 [0-9a-f]{64} [0-9]+$/)
    expect(JSON.parse(lines[1]!)).toEqual(state)
  })

  it('cut anywhere is torn', () => {
    for (let length = 0; length < octets.length; length++) {
      expect([length, faultOf(octets.subarray(0, length))]).toEqual([length, 'torn'])
    }
  })

  it('with any octet changed is never believed', () => {
    for (let at = 0; at < octets.length; at++) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Uint8Array.from(octets)
        changed[at]! ^= flip
        expect([at, flip, faultOf(changed)]).not.toEqual([at, flip, null])
      }
    }
  })

  it('with something behind it is torn', () => {
    expect(faultOf(Uint8Array.from([...octets, 0x0a]))).toBe('torn')
  })

  it.each([
    ['text of somebody else', 'hello\n', 'foreign'],
    ['a newer version, whatever follows', 'robin-state 2 something else entirely\n{}', 'newer'],
    ['no version', 'robin-state\n', 'torn'],
    ['version nought', `robin-state 0 ${'0'.repeat(64)} 3\n{}\n`, 'torn'],
    ['zeros, as a crash may leave them', '\0'.repeat(4_096), 'foreign'],
  ])('%s', (_story, given, fault) => {
    expect(faultOf(new TextEncoder().encode(given))).toBe(fault)
  })

  it.each([
    ['no JSON', () => 'robin'],
    ['JSON of another kind', () => '[]'],
    ['null', () => 'null'],
    ['a verdict that there is not', (body: string) => body.replace('"verdict":"up"', '"verdict":"fine"')],
    ['a share beyond the whole', (body: string) => body.replace('"share":1', '"share":1.5')],
    ['an instant that is none', (body: string) => body.replace(/"sinceAt":[0-9]+/, '"sinceAt":"now"')],
    ['a count below nought', (body: string) => body.replace('"against":0', '"against":-1')],
    ['no list of tracks', (body: string) => body.replace('"tracks":', '"tricks":')],
    ['a reason that there is not', (body: string) => body.replace('"reason":"ok"', '"reason":"because"')],
  ])('whole, but not ours: %s', (_story, change) => {
    expect(faultOf(withBody(change))).toBe('foreign')
  })

  it('with keys that a later version added is read without them in the way', () => {
    const added = withBody(body => body.replace('{"writtenAt"', '{"moon":"full","writtenAt"'))
    expect(faultOf(added)).toBeNull()
  })
})

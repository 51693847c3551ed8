import { describe, expect, it } from 'vitest'
import { createFraming, type Frame, type Framing, frameOctetsMax } from '../../../src/edge/transport/framing.ts'

const messages = [Uint8Array.of(1), Uint8Array.of(2, 3), new Uint8Array(300).fill(4), Uint8Array.of(5)]

function frame(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [part.length >>> 8, part.length, ...part]))
}

/** Every message that the chunk completes, copied, and what came instead of the next one. */
function drain(framing: Framing): { taken: Uint8Array[]; stop: Frame } {
  const taken: Uint8Array[] = []
  for (;;) {
    const found = framing.next()
    if (typeof found === 'string') return { taken, stop: found }
    taken.push(Uint8Array.from(found))
  }
}

describe('framing', () => {
  it('has nothing before the first chunk', () => {
    const framing = createFraming()
    expect(framing.next()).toBe('incomplete')
    expect(framing.partial()).toBe(false)
  })

  it('gives every message of one chunk without copying', () => {
    const framing = createFraming()
    const chunk = frame(...messages)
    framing.feed(chunk)
    const first = framing.next()
    expect(first).toBeInstanceOf(Uint8Array)
    expect((first as Uint8Array).buffer).toBe(chunk.buffer)
    const { taken, stop } = drain(framing)
    expect(taken).toEqual(messages.slice(1))
    expect(stop).toBe('incomplete')
    expect(framing.partial()).toBe(false)
  })

  // Every way to cut the stream in two, and octet by octet: the cut falls into lengths, messages and between them.
  it.each([1, 2, 3, 7, 100, 301, 302])('gives the same messages from chunks of %i octets', size => {
    const framing = createFraming()
    const stream = frame(...messages)
    const taken: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += size) {
      framing.feed(stream.subarray(at, at + size))
      taken.push(...drain(framing).taken)
    }
    expect(taken).toEqual(messages)
    expect(framing.partial()).toBe(false)
  })

  it('gives the same messages wherever the stream is cut in two', () => {
    const stream = frame(...messages)
    for (let cut = 0; cut <= stream.length; cut++) {
      const framing = createFraming()
      framing.feed(stream.subarray(0, cut))
      const before = drain(framing).taken
      framing.feed(stream.subarray(cut))
      expect([...before, ...drain(framing).taken]).toEqual(messages)
    }
  })

  it('is partial from the first octet of a length to the last of the message', () => {
    const framing = createFraming()
    const seen = [...frame(Uint8Array.of(9, 9))].map(octet => {
      framing.feed(Uint8Array.of(octet))
      drain(framing)
      return framing.partial()
    })
    expect(seen).toEqual([true, true, true, false])
  })

  it('keeps what is left of a chunk for later', () => {
    const framing = createFraming()
    framing.feed(frame(...messages))
    expect(framing.next()).toEqual(messages[0])
    expect(framing.next()).toEqual(messages[1])
    expect(() => framing.feed(Uint8Array.of(0))).toThrow('used up')
    expect(framing.next()).toEqual(messages[2])
  })

  it('does not share a message held over chunks with the next one', () => {
    const framing = createFraming()
    const stream = frame(Uint8Array.of(1, 1), Uint8Array.of(2, 2))
    framing.feed(stream.subarray(0, 3))
    drain(framing)
    framing.feed(stream.subarray(3, 7))
    const first = framing.next()
    expect(framing.next()).toBe('incomplete')
    framing.feed(stream.subarray(7))
    expect(framing.next()).toEqual(Uint8Array.of(2, 2))
    expect(first).toEqual(Uint8Array.of(1, 1))
  })

  it('stops for good at a length of zero and at one beyond the limit', () => {
    for (const [prefix, stop] of [
      [0, 'empty'],
      [frameOctetsMax + 1, 'oversize'],
      [0xffff, 'oversize'],
    ] as const) {
      const framing = createFraming()
      framing.feed(Uint8Array.of(...frame(messages[0]!), prefix >>> 8, prefix, ...frame(messages[1]!)))
      expect(drain(framing)).toEqual({ taken: [messages[0]], stop })
      expect(framing.next()).toBe(stop)
    }
  })

  it('takes the longest message', () => {
    const framing = createFraming()
    const longest = new Uint8Array(frameOctetsMax).fill(7)
    framing.feed(frame(longest).subarray(0, 4000))
    expect(framing.next()).toBe('incomplete')
    framing.feed(frame(longest).subarray(4000))
    expect(framing.next()).toEqual(longest)
  })
})

/**
 * A journal in one piece of shared memory, for the way between threads: hundreds of differences are one reference in a
 * message, and what is read from it are views.
 *
 *   word 0   number of differences · for each: from, to, octets of old SOA, new SOA, what went, what came
 *            then these octets, difference after difference
 */
import type { ZoneDiff } from './diff.ts'
import { diffOctets } from './diff.ts'
import type { Journal } from './journal.ts'

const headWords = 6

export function packJournal({ diffs, octets }: Journal): SharedArrayBuffer {
  const at = (1 + diffs.length * headWords) * 4
  const memory = new SharedArrayBuffer(at + octets)
  const words = new Uint32Array(memory, 0, at / 4)
  const bytes = new Uint8Array(memory)
  words[0] = diffs.length
  let end = at
  diffs.forEach(({ from, to, fromSoa, toSoa, gone, come }, i) => {
    const parts = [fromSoa, toSoa, gone, come]
    words.set([from, to, ...parts.map(part => part.length)], 1 + i * headWords)
    for (const part of parts) {
      bytes.set(part, end)
      end += part.length
    }
  })
  return memory
}

export function openJournal(memory: SharedArrayBuffer): Journal {
  const count = new Uint32Array(memory, 0, 1)[0]!
  const words = new Uint32Array(memory, 4, count * headWords)
  const bytes = new Uint8Array(memory)
  const diffs: ZoneDiff[] = []
  let at = (1 + count * headWords) * 4
  let octets = 0
  for (let head = 0; head < words.length; head += headWords) {
    const take = (part: number): Uint8Array => {
      const from = at
      at += words[head + part]!
      return bytes.subarray(from, at)
    }
    const fromSoa = take(2)
    const toSoa = take(3)
    const gone = take(4)
    const diff = { from: words[head]!, to: words[head + 1]!, fromSoa, toSoa, gone, come: take(5) }
    octets += diffOctets(diff)
    diffs.push(diff)
  }
  return { diffs, octets }
}

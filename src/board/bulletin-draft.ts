/**
 * Lays out a bulletin (board/bulletin.ts), pool by pool. An edit of one file lays out that of all zones, while control
 * does nothing else: so numbers go straight into words, and no object is made for a pool or a member.
 */
import { assert } from '../core/base/assert.ts'
import { type Bulletin, checkWords, headWords, memberWords, poolWords } from './bulletin.ts'

export interface BulletinDraft {
  /** A pool by its absolute slot, above that of the one before; the name is '' where the record has one pool only. */
  pool(slot: number, name: string): void
  /** One of that pool, with its checks by number, of which `memberChecksMax` are told. `pool` is that of its tier. */
  member(rr: number, pool: string, unwatched: boolean, checks: readonly Numbered[]): void
  /** `checks` are the names of all checks, by number. Nothing is known of any of them yet. */
  finish(checks: readonly string[]): Bulletin
}

export interface Numbered {
  readonly at: number
}

export const memberChecksMax = 16
const nameOctetsMax = 63
const namesMax = 0xffff

export function createBulletinDraft(): BulletinDraft {
  const names = createNames()
  const pools = createWords()
  const members = createWords()
  let lastSlot = -1
  return {
    pool: (slot, name) => {
      assert(slot > lastSlot, 'pools that are not in the order of their slots')
      lastSlot = slot
      const at = pools.take(poolWords)
      pools.words[at] = slot
      pools.words[at + 1] = members.length
      pools.words[at + 2] = names.numberOf(name) << 16
    },
    member: (rr, pool, unwatched, checks) => {
      const told = Math.min(checks.length, memberChecksMax)
      const at = members.take(memberWords + told)
      members.words[at + 1] = rr | (names.numberOf(pool) << 8) | (told << 24) | (unwatched ? 1 << 31 : 0)
      for (let i = 0; i < told; i++) members.words[at + memberWords + i] = checks[i]!.at
      pools.words[pools.length - 1]!++
    },
    finish: checks => {
      const numbers = checks.map(names.numberOf)
      const membersAt = headWords + pools.length
      const checksAt = membersAt + members.length
      const namesAt = checksAt + checks.length * checkWords
      const memory = new SharedArrayBuffer((namesAt + names.octets.length + 1) * 4 + ((names.total() + 3) & ~3))
      const words = new Int32Array(memory)
      words.set([pools.length / poolWords, checks.length, names.octets.length, checksAt])
      words.set(pools.words.subarray(0, pools.length), headWords)
      for (let at = headWords + 1; at < membersAt; at += poolWords) words[at]! += membersAt
      words.set(members.words.subarray(0, members.length), membersAt)
      numbers.forEach((name, check) => {
        words[checksAt + check * checkWords + 2] = name << 16
      })
      placeNames(memory, namesAt, names.octets)
      return { memory, words }
    },
  }
}

/** Words of which it is not known how many there will be. All are 0 at first. */
interface Words {
  words: Int32Array
  length: number
  /** Room for so many more; returns where it begins. */
  take(count: number): number
}

const wordsAtFirst = 1024

function createWords(): Words {
  const growing: Words = {
    words: new Int32Array(wordsAtFirst),
    length: 0,
    take: count => {
      const at = growing.length
      growing.length += count
      if (growing.length > growing.words.length) {
        const larger = new Int32Array(growing.words.length * 2)
        larger.set(growing.words)
        growing.words = larger
      }
      return at
    },
  }
  return growing
}

interface Names {
  /** By number. The first is empty: what there was no number left for has no name. */
  readonly octets: readonly Uint8Array[]
  numberOf(name: string): number
  /** Octets of all of them. */
  total(): number
}

function createNames(): Names {
  const numbers = new Map<string, number>([['', 0]])
  const octets: Uint8Array[] = [new Uint8Array(0)]
  const utf8 = new TextEncoder()
  const enter = (name: string): number => {
    if (octets.length > namesMax) return 0
    const into = new Uint8Array(nameOctetsMax)
    // Cuts between characters, never within one.
    octets.push(into.slice(0, utf8.encodeInto(name, into).written))
    numbers.set(name, octets.length - 1)
    return octets.length - 1
  }
  return {
    octets,
    numberOf: name => numbers.get(name) ?? enter(name),
    total: () => octets.reduce((sum, { length }) => sum + length, 0),
  }
}

function placeNames(memory: SharedArrayBuffer, namesAt: number, names: readonly Uint8Array[]): void {
  const words = new Int32Array(memory)
  const bytes = new Uint8Array(memory, (namesAt + names.length + 1) * 4)
  let end = 0
  names.forEach((octets, i) => {
    words[namesAt + i] = end
    bytes.set(octets, end)
    end += octets.length
  })
  words[namesAt + names.length] = end
}

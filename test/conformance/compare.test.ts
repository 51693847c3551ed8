/** The judge is judged: a reply that was tampered with is seen to differ, and an unsound message is not read. */
import { describe, expect, it } from 'vitest'
import type { Case } from '../../tools/conformance/ask.ts'
import { differences, hear } from '../../tools/conformance/compare.ts'
import { compareReplies, isAgreed } from '../../tools/conformance/dispute.ts'
import { explanations } from '../../tools/conformance/explained.ts'
import { findFaults } from '../../tools/conformance/faults.ts'
import type { Reply } from '../../tools/conformance/lane.ts'
import { readPacket } from '../../tools/conformance/listed.ts'
import { readMessage } from '../../tools/conformance/message.ts'

const query = readPacket('1234 0000 0001 0000 0000 0001 n:www.ref.test 0001 0001 00 0029 04d0 00000000 0000')
const opt = '00 0029 04d0 00000000 0000'
const question = 'n:www.ref.test 0001 0001'
const a = (last: string, ttl = '0000003c'): string => `c00c 0001 0001 ${ttl} 0004 c00002${last}`
const sound = `1234 8400 0001 0002 0000 0001 ${question} ${a('0a')} ${a('0b')} ${opt}`

function reply(text: string): Reply {
  return { kind: 'answer', octets: readPacket(text) }
}

function heard(text: string) {
  return hear(reply(text), query)
}

describe('two replies', () => {
  it('that say the same in another order agree', () => {
    const turned = `1234 8400 0001 0002 0000 0001 ${question} ${a('0b')} ${a('0a')} ${opt}`
    expect(differences(heard(sound), heard(turned))).toEqual([])
  })

  it.each([
    ['rcode', sound.replace('8400', '8403')],
    ['flags', sound.replace('8400', '8000')],
    ['flags', sound.replace('8400', '8480')],
    ['question', sound.replace('n:www', 'n:wWw')],
    ['answer', sound.replace('c000020b', 'c000020c')],
    ['answer', sound.replace('0000003c', '0000003d')],
    ['opt', sound.replace('04d0', '1000')],
    ['opt', sound.replace('04d0 00000000', '04d0 00008000')],
  ])('that differ in %s are told apart', (aspect, tampered) => {
    expect(differences(heard(sound), heard(tampered))).toEqual([aspect])
  })

  it('under another ID, or silence, are no agreement', () => {
    expect(heard(sound.replace('1234', '1235')).message).toBeNull()
    const one: Case = { phenomenon: '', via: 'udp', family: 4, packet: query, hostile: true }
    const silence = hear({ kind: 'silence' }, query)
    expect(isAgreed(compareReplies(one, silence, heard(sound), silence))).toBe(false)
    expect(isAgreed(compareReplies(one, silence, silence, heard(sound)))).toBe(true)
    expect(isAgreed(compareReplies(one, heard(sound), silence, heard(sound)))).toBe(true)
  })

  it('that differ from both peers in plain data are not explained away', () => {
    const one: Case = { phenomenon: '', via: 'udp', family: 4, packet: query, hostile: false }
    for (const tampered of [
      sound.replace('8400', '8403'),
      sound.replace('c000020b', 'c000020c'),
      sound.replace('8400', '8000'),
    ]) {
      const dispute = compareReplies(one, heard(tampered), heard(sound), heard(sound))
      expect(isAgreed(dispute)).toBe(false)
      expect(explanations.filter(({ fits }) => fits(dispute)).map(({ name }) => name)).toEqual([])
    }
  })
})

describe('a message', () => {
  it.each([
    ['trailing octets', `${sound} 00`],
    ['a count that lies', sound.replace('0002 0000', '0003 0000')],
    ['a forward pointer', `1234 8400 0001 0001 0000 0000 ${question} c0ff 0001 0001 0000003c 0004 c000020a`],
    ['a pointer to itself', `1234 8400 0001 0001 0000 0000 ${question} c01e 0001 0001 0000003c 0004 c000020a`],
    [
      'a compressed SRV target',
      `1234 8400 0001 0001 0000 0000 ${question} c00c 0021 0001 0000003c 0008 000000000000 c00c`,
    ],
    ['rdata that is too long', `1234 8400 0001 0001 0000 0000 ${question} c00c 0005 0001 0000003c 0003 c00c00`],
    ['two OPT records', `1234 8400 0001 0000 0000 0002 ${question} ${opt} ${opt}`],
    ['a label type that is none', '1234 8400 0001 0000 0000 0000 4177 00 0001 0001'],
  ])('with %s is not read', (_, text) => {
    expect(() => readMessage(readPacket(text))).toThrow()
  })
})

describe('our own answers', () => {
  const faultsOf = async (text: string, over: Partial<Case> = {}, whole = text): Promise<readonly string[]> => {
    const one: Case = { phenomenon: '', via: 'udp', family: 4, packet: query, hostile: false, ...over }
    const robin = { ask: async (cases: readonly Case[]) => cases.map(() => reply(whole)) }
    const dispute = compareReplies(one, hear(reply(text), one.packet), heard(sound), heard(sound))
    return (await findFaults(robin, [dispute])).map(({ text: fault }) => fault.replace(/:.*/, ''))
  }

  it('that are sound have no fault', async () => {
    expect(await faultsOf(sound)).toEqual([])
  })

  it.each([
    ['a record twice', sound.replace('c000020b', 'c000020a')],
    ['RA, Z or AD set', sound.replace('8400', '8420')],
    ['an EDNS flag that nobody knows', sound.replace('04d0 00000000', '04d0 00000001')],
    ['option 3 out of place', sound.replace('04d0 00000000 0000', '04d0 00000000 0004 00030000')],
  ])('show %s', async (fault, text) => {
    expect(await faultsOf(text)).toEqual([fault])
  })

  it('show octets beyond the client limit', async () => {
    const bare = readPacket(`1234 0000 0001 0000 0000 0000 ${question}`)
    const large = `1234 8400 0001 0001 0000 0000 ${question} c00c 0010 0001 0000003c 0200 ${'ff'.repeat(512)}`
    expect(await faultsOf(large, { packet: bare })).toEqual(['554 octets over UDP where 512 may be'])
    expect(await faultsOf(large)).toEqual([])
  })

  it('show TC over TCP, and an RRset torn by truncation', async () => {
    const torn = `1234 8600 0001 0001 0000 0001 ${question} ${a('0a')} ${opt}`
    expect(await faultsOf(torn, { via: 'tcp' })).toEqual(['TC over TCP'])
    expect(await faultsOf(torn, {}, sound)).toEqual(['a torn RRset in answer'])
  })
})

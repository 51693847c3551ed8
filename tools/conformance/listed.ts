/**
 * The packets that the conformance rows name, one by one, and their near relations: fixed, so that they are tried
 * however the dice fall. In the text `n:name` stands for the wire form of a name, all else is hex.
 */
import type { Case } from './ask.ts'
import { wireName } from './compose.ts'
import { readLabels } from './corpus.ts'

const soa = 'n:ref.test 0006 0001'
const www = 'n:www.ref.test 0001 0001'
const opt = '00 0029 04d0 00000000 0000'
const one = '0001 0000 0000 0000'
/** `c00c 0006`: a SOA whose names point at the question's. */
const soaRecord = 'c00c 0006 0001 00000000 0018 c00cc00c 00000001 00000001 00000001 00000001 00000001'

const packets: readonly string[] = [
  // Payload sizes 0 and 1; two OPT records; options given twice, or longer than their record (RFC 6891).
  `0101 0000 0001 0000 0000 0001 ${soa} 00 0029 0001 00000000 0000`,
  `0101 0000 0001 0000 0000 0001 ${soa} 00 0029 0000 00000000 0000`,
  `0102 0000 0001 0000 0000 0002 ${soa} ${opt} ${opt}`,
  `0103 0000 0001 0000 0000 0001 ${soa} 00 0029 04d0 00000000 0008 00030000 00030000`,
  `0104 0000 0001 0000 0000 0001 ${soa} 00 0029 04d0 00000000 ffff`,
  `0121 0000 0001 0000 0000 0001 ${soa} 00 0029 04d0 00000000 0003 000300`,
  `0122 0000 0001 0000 0000 0001 ${soa} 00 0029 04d0 00010000 0000`,
  `0123 0000 0001 0001 0000 0000 ${soa} ${opt}`,
  `0124 0000 0001 0000 0000 0001 ${soa} 01 61 00 0029 04d0 00000000 0000`,
  // Responses, other opcodes, no question, two questions.
  `0105 8000 ${one} ${soa}`,
  `0105 8500 ${one} ${soa}`,
  `0125 1000 ${one} ${soa}`,
  `0126 7800 ${one} ${soa}`,
  `0127 0800 ${one} ${soa}`,
  `0128 2000 ${one} ${soa}`,
  `0129 3000 ${one} ${soa}`,
  'beef 0000 0000 0000 0000 0000',
  `0106 0000 0002 0000 0000 0000 ${soa} ${www}`,
  // Flags that only responses may have.
  `0107 0670 ${one} ${www}`,
  `0107 0040 ${one} ${www}`,
  `0107 0200 ${one} ${www}`,
  `0107 0480 ${one} ${www}`,
  `0107 000f ${one} ${www}`,
  // Questions cut short; loops; forward pointers; label types; names beyond 255 octets.
  `0108 0000 ${one} 03777777`,
  `0130 0000 ${one} n:ref.test 00`,
  `0131 0000 ${one} n:ref.test 0001 00`,
  `0109 0000 ${one} c00c 0001 0001`,
  `0110 0000 ${one} c00ec00c 0001 0001`,
  `0111 0000 ${one} c0ff 0001 0001`,
  `0132 0000 ${one} 03777777c00c 0001 0001`,
  `0133 0000 ${one} c000 0001 0001`,
  `0112 0000 ${one} ${`3f${'61'.repeat(63)}`.repeat(4)} n:ref.test 0001 0001`,
  `0113 0000 ${one} 41 n:ref.test 0001 0001`,
  `0114 0000 ${one} 80 n:ref.test 0001 0001`,
  // UPDATE, NOTIFY, transfers over UDP, TSIG without a key.
  '0115 2800 0001 0000 0001 0000 n:ref.test 0006 0001 n:new.ref.test 0001 0001 0000003c 0004 01020304',
  `0134 2000 0001 0001 0000 0000 ${soa} ${soaRecord}`,
  `0118 0000 ${one} n:ref.test 00fc 0001`,
  `0135 0000 0001 0000 0001 0000 n:ref.test 00fb 0001 ${soaRecord}`,
  `0136 0000 0001 0000 0000 0001 ${soa} n:key 00fa 00ff 00000000 0010 00 000000000000 012c 0000 0136 0000 0000`,
  // Classes: HESIOD, zero, NONE, ANY.
  '0116 0000 0001 0000 0000 0000 n:www.ref.test 0001 0004',
  '0117 0000 0001 0000 0000 0000 n:www.ref.test 0001 0000',
  '0137 0000 0001 0000 0000 0000 n:www.ref.test 0001 00fe',
  '0138 0000 0001 0000 0000 0000 n:www.ref.test 0001 00ff',
  // Records in a query, and octets behind it.
  `0119 0000 0001 0001 0000 0000 ${www} c00c 0001 0001 00000001 0004 01020304`,
  `0120 0000 ${one} ${www} ffff`,
  // Shorter than a header.
  '01',
  '0139 0000 0001 0000 0000 00',
]

/** Each packet over both transports and both families. */
export function listedPackets(): Case[] {
  return packets.flatMap(text =>
    (['udp', 'tcp'] as const).flatMap(via =>
      ([4, 6] as const).map(family => ({
        phenomenon: 'hostile: the listed packets',
        via,
        family,
        packet: readPacket(text),
        hostile: true,
      })),
    ),
  )
}

export function readPacket(text: string): Uint8Array {
  return Uint8Array.from(
    text
      .split(/\s+/)
      .flatMap(part => (part.startsWith('n:') ? wireName(readLabels(part.slice(2))) : [...Buffer.from(part, 'hex')])),
  )
}

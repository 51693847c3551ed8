/**
 * The shape of SVCB and HTTPS values (RFC 9460) in the words of octoDNS, with the keys that were registered since. No
 * map can list `key0` to `key65534`, so keys that are not words are let through here and judged when they are read.
 */
import { z } from 'zod'
import { listOf, targetName, text, u16 } from './scalars.ts'

const nothing = z.null()
const words = listOf(text)

/** A value behind a key that is written as a number: as in a master file, escapes and all. */
export const svcKeyValue = z.union([text, nothing], { error: 'text, or nothing (`~`)' })

/** By word. */
export const svcParamShapes = {
  mandatory: words.optional().describe('Keys that a client must understand to use this value.'),
  alpn: words.optional().describe('Protocols, such as [h2, h3].'),
  'no-default-alpn': nothing.optional().describe("`~`: the scheme's own protocol is not spoken."),
  port: z
    .union([u16, text.meta({ pattern: '^[0-9]{1,5}$' })], { error: 'a port such as 443' })
    .optional()
    .describe('Where the service listens.'),
  ipv4hint: words.optional().describe('Addresses to go on with before those of the target are known.'),
  ech: text.optional().describe('Configuration of Encrypted ClientHello, in base 64.'),
  ipv6hint: words.optional().describe('Addresses to go on with before those of the target are known.'),
  dohpath: text.optional().describe('URI template of DNS over HTTPS, such as /dns-query{?dns} (RFC 9461).'),
  ohttp: nothing.optional().describe('`~`: reached through Oblivious HTTP (RFC 9540).'),
  'tls-supported-groups': listOf(u16).optional().describe('Numbers of the groups of TLS.'),
  docpath: z
    .union([words, nothing], { error: 'a list of path segments, or nothing (`~`)' })
    .optional()
    .describe('Path of DNS over CoAP.'),
} as const

const keyPattern = `^(${Object.keys(svcParamShapes).join('|')}|key(0|[1-9][0-9]{0,4}))$`

const svcParams = z.looseObject(svcParamShapes).meta({
  id: 'svcparams',
  description: 'Parameters of the service; keys without a word here as keyNNNNN.',
  propertyNames: { pattern: keyPattern },
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'null' }] },
})

export const svcb = z.strictObject({
  svcpriority: u16.describe('0 makes an alias of it; else lower is preferred.'),
  targetname: targetName.describe("A full domain name with its closing dot, or '.' for the owner itself."),
  svcparams: svcParams.optional(),
})

export type SvcbInput = z.infer<typeof svcb>

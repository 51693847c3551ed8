/**
 * Shapes of the values of records that health does not touch, in the words of octoDNS. Only kinds and ranges stand
 * here: whether a digest has its length, or a text is hexadecimal, is for core/rdata to say.
 */
import { z } from 'zod'
import { type Refusal, refuseKeys } from './later.ts'
import { someText, targetName, text, u8, u16 } from './scalars.ts'

export const mx = z.strictObject({
  preference: u16.optional().describe('Lower is tried first.'),
  exchange: targetName.optional(),
  priority: u16.optional().describe('Older spelling of preference.'),
  value: targetName.optional().describe('Older spelling of exchange.'),
})

export const srv = z.strictObject({
  priority: u16.describe('Lower is tried first.'),
  weight: u16.describe("Share among those of one priority, beside the others'."),
  port: u16.describe('Where the service listens.'),
  target: targetName.describe("A full domain name with its closing dot, or '.' for no such service."),
})

export const naptr = z.strictObject({
  order: u16.describe('Lower is processed first.'),
  preference: u16.describe('Among equal orders, lower is preferred.'),
  flags: text.describe('S, A, U, P, or empty.'),
  service: text.describe('What is offered, such as SIP+D2U.'),
  regexp: text.describe('As it is meant, backslashes included; empty if there is a replacement.'),
  replacement: targetName.describe("A full domain name with its closing dot, or '.' for none."),
})

export const caa = z.strictObject({
  flags: u8.optional().describe('128 is critical (default 0).'),
  tag: text.describe('issue, issuewild, iodef, …'),
  value: text.describe('What the tag says, such as ca.example.net.'),
})

/** Octets in hexadecimal; spaces between them are of no account. */
const hex = someText.meta({ pattern: '^[0-9A-Fa-f\\s]*$' })

const formerly = (key: string, now: string): Refusal => ({
  code: 'unknown-key',
  text: `\`${key}\` is what older octoDNS called the \`${now}\` of a DS`,
  hint: 'write `{key_tag: …, algorithm: …, digest_type: …, digest: …}`',
})

export const ds = refuseKeys(
  z.strictObject({
    key_tag: u16.describe('Of the key in the child zone.'),
    algorithm: u8.describe('Of the key: 8 is RSASHA256, 13 is ECDSAP256SHA256, 15 is ED25519.'),
    digest_type: u8.describe('2 is SHA-256, 4 is SHA-384.'),
    digest: hex.describe('Hexadecimal.'),
  }),
  {
    flags: formerly('flags', 'key_tag'),
    protocol: formerly('protocol', 'algorithm'),
    public_key: formerly('public_key', 'digest'),
  },
)

export const tlsa = z.strictObject({
  certificate_usage: u8.describe('0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.'),
  selector: u8.describe('0 the whole certificate, 1 its public key.'),
  matching_type: u8.describe('0 as it is, 1 its SHA-256, 2 its SHA-512.'),
  certificate_association_data: hex.describe('Hexadecimal.'),
})

export const sshfp = z.strictObject({
  algorithm: u8.describe('1 RSA, 3 ECDSA, 4 Ed25519.'),
  fingerprint_type: u8.describe('1 SHA-1, 2 SHA-256.'),
  fingerprint: hex.describe('Hexadecimal.'),
})

/** Rdata of any type, octet by octet (RFC 3597 section 5). */
export const generic = text.meta({ pattern: '^\\\\#\\s+[0-9]+(\\s+[0-9A-Fa-f]+)*$', examples: ['\\# 4 0A000001'] })

export type MxInput = z.infer<typeof mx>
export type SrvInput = z.infer<typeof srv>
export type NaptrInput = z.infer<typeof naptr>
export type CaaInput = z.infer<typeof caa>
export type DsInput = z.infer<typeof ds>
export type TlsaInput = z.infer<typeof tlsa>
export type SshfpInput = z.infer<typeof sshfp>

/**
 * The part of the config file that says on which terms the server answers: `identity`, `cookies`, `guard` and
 * `limits.rrl`. Shapes and reading only; what they become is in terms.ts.
 */
import { resolve } from 'node:path'
import { z } from 'zod'
import { parseAccess } from '../core/guard/access.ts'
import { ratePerSecondMax, rateSlipMax } from '../core/guard/rate.ts'
import { type Reader, refuse, shown } from '../core/zonefile/doc.ts'
import { conceal } from '../core/zonefile/schema/concealed.ts'
import { listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { cookieSecretsWanted, parseCookieSecrets } from './secrets.ts'
import { nameFile, readSecretText } from './settings-secrets.ts'
import { type TermsSettings, termsDefault } from './terms.ts'

/** A CHAOS answer is one character-string. */
const identityOctetsMax = 255
const amplificationCeiling = 1000
const prefixesCeiling = 10_000

export const identityShape = z
  .strictObject({
    nsid: someText.optional().describe('Said to who asks by NSID (RFC 5001); hide says nothing (default hide).'),
    version: someText.optional().describe('CHAOS version.bind; hide refuses (default hide).'),
    hostname: someText.optional().describe('CHAOS id.server and hostname.bind; hide refuses (default hide).'),
    explain: z
      .enum(['show', 'hide'])
      .optional()
      .describe('Extended DNS Errors that tell how many members of a pool are healthy (default show).'),
  })
  .describe('What the server says of itself.')

export const cookiesShape = conceal(
  z
    .strictObject({
      secret_file: someText
        .optional()
        .describe(
          'One or two lines of 32 hex digits, current secret first; relative to this file. Read again on SIGHUP.',
        ),
    })
    .describe('DNS cookies (RFC 7873, 9018), for servers that share a secret; without it each start draws its own.'),
)

export const guardShape = z
  .strictObject({
    allow: listOf(someText, prefixesCeiling)
      .optional()
      .describe('Addresses and prefixes that are answered, `!` in front excludes; all others get REFUSED.'),
    amplification: z
      .int()
      .min(0)
      .max(amplificationCeiling)
      .optional()
      .describe(
        'Largest UDP response without a valid cookie, in times of its query; 0 is off ' +
          '(default: 3 with `allow` or `rrl`, else 0).',
      ),
    status_acl: listOf(someText, prefixesCeiling)
      .optional()
      .describe('Who may ask for TXT of `_health.NAME`, written like `allow` (default 127.0.0.0/8 and ::1).'),
  })
  .describe('Who is answered, and how much.')

export const rrlShape = z
  .strictObject({
    responses_per_second: z
      .int()
      .min(0)
      .max(ratePerSecondMax)
      .describe('Like responses a second to one /24 or /56 over UDP; 0 is no limit.'),
    slip: z.int().min(0).max(rateSlipMax).optional().describe('Every Nth held back goes out truncated (default 2).'),
  })
  .describe('Response rate limiting.')

export interface TermsInput {
  readonly identity?: z.infer<typeof identityShape> | undefined
  readonly guard?: z.infer<typeof guardShape> | undefined
  readonly rrl?: z.infer<typeof rrlShape> | undefined
}

/** Null where the file says nothing of it. */
export function readTerms(reader: Reader, { identity, guard, rrl }: TermsInput): TermsSettings | null {
  if (identity === undefined && guard === undefined && rrl === undefined) return null
  return {
    allow: readPrefixes(reader, 'allow', guard?.allow) ?? null,
    responsesPerSecond: rrl?.responses_per_second ?? termsDefault.responsesPerSecond,
    slip: rrl?.slip ?? termsDefault.slip,
    amplificationMax: guard?.amplification ?? (guard?.allow === undefined ? null : 3),
    nsid: readIdentity(reader, 'nsid', identity?.nsid),
    version: readIdentity(reader, 'version', identity?.version),
    hostname: readIdentity(reader, 'hostname', identity?.hostname),
    explains: identity?.explain === undefined ? termsDefault.explains : identity.explain === 'show',
    statusAcl: readPrefixes(reader, 'status_acl', guard?.status_acl) ?? termsDefault.statusAcl,
  }
}

function readPrefixes(
  reader: Reader,
  key: 'allow' | 'status_acl',
  prefixes: readonly string[] | undefined,
): readonly string[] | undefined {
  for (const { index, text, fault } of prefixes === undefined ? [] : parseAccess(prefixes).faults) {
    const hint = 'write prefixes like 10.0.0.0/8 or 2001:db8::/32, or single addresses'
    refuse(reader, 'bad-address', reader.doc.valueSpan(['guard', key, index]), `${shown(text)}: ${fault}`, hint)
  }
  return prefixes
}

/** The path of the secret file, or null where each start draws its own secret. What is wrong with it is reported. */
export function readCookieFile(
  reader: Reader,
  cookies: z.infer<typeof cookiesShape> | undefined,
  folder: string,
): string | null {
  if (cookies?.secret_file === undefined) return null
  const path = ['cookies', 'secret_file']
  const file = resolve(folder, cookies.secret_file)
  const text = readSecretText(reader, cookies.secret_file, path, folder)
  if (text !== null && parseCookieSecrets(text) === null) {
    const hint = 'draw one: `openssl rand -hex 16`'
    refuse(reader, 'bad-secret', reader.doc.valueSpan(path), `${nameFile(file)} wants ${cookieSecretsWanted}`, hint)
  }
  return file
}

function readIdentity(reader: Reader, key: string, text: string | undefined): string | null {
  if (text === undefined || text === 'hide') return null
  if (new TextEncoder().encode(text).length > identityOctetsMax) {
    const sentence = `this text has more than ${identityOctetsMax} octets`
    refuse(reader, 'bad-value', reader.doc.valueSpan(['identity', key]), sentence, 'write a shorter one')
  }
  return text
}

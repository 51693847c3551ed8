/**
 * The part of the config file that says with which keys messages are signed (`keys`), and the part that says of zones
 * in general who may have them (`transfer`). A secret is read here and told nowhere: no problem repeats it, whatever
 * is wrong with it.
 */
import { z } from 'zod'
import { formatName } from '../core/name/name.ts'
import { parseBase64 } from '../core/rdata/base64.ts'
import { readKeyName, secretOctetsMin, tsigAlgorithms } from '../core/wire/tsig-key.ts'
import { type Path, type Reader, refuse, shown, warn } from '../core/zonefile/doc.ts'
import { readSources, type Sources } from '../core/zonefile/route.ts'
import { conceal } from '../core/zonefile/schema/concealed.ts'
import { listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { transferMap, transferNone } from '../core/zonefile/schema/transfer.ts'
import { readKey, readTransfer } from '../core/zonefile/transfer.ts'
import { keyUsesOf, type TransferPlan } from '../core/zonefile/transfer-plan.ts'
import type { KeySettings } from './keys.ts'
import { readSecretText, warnIfOpen } from './settings-secrets.ts'
import { sayUndefinedKey } from './undefined-key.ts'

/** RFC 2104 section 3: more octets than the hash has do not make it stronger, and fewer make it weaker. */
const secretOctetsWanted = 32

const keyShape = z.strictObject({
  algorithm: conceal(z.enum(tsigAlgorithms).describe('hmac-sha256, hmac-sha384 or hmac-sha512.')),
  secret: z
    .unknown()
    .optional()
    .meta({ type: 'string', description: 'Base 64, as tsig-keygen and keymgr print it; or give `secret_file`.' }),
  secret_file: someText.optional().describe('A file that holds the secret alone, relative to this file.'),
})

export const keysShape = conceal(
  z.record(z.string(), conceal(keyShape)).describe('Keys of signed messages (TSIG, RFC 8945), by name.'),
)

/** A local address to send from, or one of each family. */
export const sourcesShape = z.union([someText, listOf(someText, 2)], {
  error: 'an address, or a list of one IPv4 and one IPv6 address',
})

export const transferSettingsShape = z
  .union(
    [
      transferMap.extend({
        source: sourcesShape
          .optional()
          .describe(
            'Local address that NOTIFYs, and questions and pulls of `secondary` and `catalog`, go out from, or one ' +
              'of each family; a zone cannot replace it (default: the system chooses).',
          ),
      }),
      z.literal(transferNone),
    ],
    { error: 'a map with `allow`, `notify` and `source`, or `none`' },
  )
  .describe('Transfers to secondaries, of zones that say nothing of it, and where they go out from.')

/** The keys that can be used. What is wrong with others is reported. */
export function readKeys(reader: Reader, given: z.infer<typeof keysShape>, folder: string): readonly KeySettings[] {
  const keys = new Map<string, KeySettings>()
  for (const [text, input] of Object.entries(given)) {
    const path = ['keys', text]
    const use = readKey(reader, text, path, 'key')
    const secret = readSecret(reader, input, path, folder)
    if (use === null) continue
    if (keys.has(use.name)) {
      const sentence = `the key ${shown(text)} is here twice: case and a closing dot make no difference`
      refuse(reader, 'duplicate-key', reader.doc.keySpan(path), sentence, 'leave one of the two')
    }
    if (secret !== null) keys.set(use.name, { name: use.name, algorithm: input.algorithm, secret })
  }
  return [...keys.values()]
}

/** Null where the file says nothing of it, or after having reported what is wrong. */
export function readTransferSources(reader: Reader, given: z.infer<typeof transferSettingsShape>): Sources | null {
  if (given === transferNone || given.source === undefined) return null
  return readSources(reader, given.source, ['transfer', 'source'])
}

/** Null after having reported what is wrong. `keys` are as given: one that cannot be used is known all the same. */
export function readTransferSettings(
  reader: Reader,
  given: z.infer<typeof transferSettingsShape>,
  keys: Readonly<Record<string, unknown>> = {},
): TransferPlan | null {
  const { source: _, ...value } = given === transferNone ? {} : given
  const plan = readTransfer(reader, given === transferNone ? given : value, ['transfer'])
  if (plan === null) return null
  const known = Object.keys(keys).flatMap(text => {
    const name = readKeyName(text)
    return name === null ? [] : [formatName(name)]
  })
  for (const { name, span } of keyUsesOf(plan)) {
    if (!known.includes(name)) refuse(reader, 'undefined-key', span, ...sayUndefinedKey(name, known))
  }
  return plan
}

function readSecret(
  reader: Reader,
  { secret, secret_file }: z.infer<typeof keyShape>,
  path: Path,
  folder: string,
): Uint8Array | null {
  if ((secret === undefined) === (secret_file === undefined)) {
    const hint = 'write `secret: …` in base 64, or `secret_file: FILE`'
    const text = secret === undefined ? 'this key has no secret' : 'this key has two secrets'
    refuse(reader, 'missing-key', reader.doc.keySpan(path), text, hint)
    return null
  }
  if (secret_file === undefined) {
    warnIfOpen(reader, reader.doc.file, [...path, 'secret'])
    return judgeSecret(reader, secret, [...path, 'secret'])
  }
  const text = readSecretText(reader, secret_file, [...path, 'secret_file'], folder)
  return text === null ? null : judgeSecret(reader, text, [...path, 'secret_file'])
}

function judgeSecret(reader: Reader, text: unknown, path: Path): Uint8Array | null {
  const span = reader.doc.keySpan(path)
  const octets = typeof text === 'string' ? parseBase64(text) : null
  if (octets === null || octets.length === 0) {
    const hint = 'take what `tsig-keygen` or `keymgr -t` prints, in quotes'
    refuse(reader, 'bad-secret', span, 'the secret of this key is not base 64', hint)
    return null
  }
  if (octets.length < secretOctetsMin) {
    const sentence = `the secret of this key has ${octets.length} octets, which can be guessed`
    refuse(reader, 'bad-secret', span, sentence, 'draw one of 32 octets: `openssl rand -base64 32`')
    return null
  }
  if (octets.length < secretOctetsWanted) {
    const sentence = `the secret of this key has only ${octets.length} octets`
    warn(reader, 'short-secret', span, sentence, 'draw one of 32 octets: `openssl rand -base64 32`')
  }
  return octets
}

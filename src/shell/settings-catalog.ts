/**
 * The part of the config file that says of which zones the server makes catalogs for others, and from which catalogs it
 * takes zones: `catalog`. Shapes and reading only.
 */
import { z } from 'zod'
import type { CatalogChoice, ZonePattern } from '../core/catalog/select.ts'
import { formatName, isNameFault, lowerName, type Name, nameKey, parseName } from '../core/name/name.ts'
import { readKeyName } from '../core/wire/tsig-key.ts'
import { type Path, type Reader, refuse, shown } from '../core/zonefile/doc.ts'
import { listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { transferShape } from '../core/zonefile/schema/transfer.ts'
import { readTransfer } from '../core/zonefile/transfer.ts'
import { isTransferred, keyUsesOf, noTransfer, type TransferPlan } from '../core/zonefile/transfer-plan.ts'
import type { CatalogSettings, ConsumedCatalog, ProducedCatalog } from './catalogs.ts'
import { readPullTerms, secondaryShape } from './settings-secondary.ts'
import { sayUndefinedKey } from './undefined-key.ts'

const patternsMax = 10_000

const zonePatterns = listOf(someText.meta({ examples: ['svc.example.com', '*.example.com'] }), patternsMax)

const producedShape = z.strictObject({
  zones: zonePatterns
    .optional()
    .describe('Which zones it lists, `*.NAME` for all below one (default: every zone that may be transferred).'),
  groups: z
    .record(z.string(), zonePatterns)
    .optional()
    .describe('Groups that consumers may serve otherwise, and the zones of each, written like `zones`.'),
  transfer: transferShape.optional(),
})

const consumedShape = z.strictObject({
  ...secondaryShape.shape,
  members: secondaryShape.optional().describe('How its zones are pulled (default: as the catalog itself).'),
  groups: z
    .record(z.string(), secondaryShape)
    .optional()
    .describe('How zones of a group are pulled; of several groups of a zone the first here counts.'),
})

export const catalogShape = z
  .strictObject({
    produce: z
      .record(z.string(), z.union([producedShape, z.null()], { error: 'a map' }))
      .optional()
      .describe('Catalogs that this server makes of the zones that it gives to others, by name.'),
    consume: z
      .record(z.string(), consumedShape)
      .optional()
      .describe('Catalogs whose zones are pulled, by name; of two with one zone the first here has it.'),
  })
  .describe('Catalog zones (RFC 9432), by which secondaries learn what zones there are.')

/** What is wrong is reported, and left out. `keys` as they were given; `transfer` of zones that say nothing of it. */
export function readCatalogs(
  reader: Reader,
  input: z.infer<typeof catalogShape>,
  keys: Readonly<Record<string, unknown>> = {},
  transfer: TransferPlan = noTransfer,
): CatalogSettings {
  const keyNames = Object.keys(keys).flatMap(text => {
    const name = readKeyName(text)
    return name === null ? [] : [formatName(name)]
  })
  const names = new Set<string>()
  const take = (text: string, path: Path): Name | null => {
    const name = readZoneName(reader, text, path)
    if (name === null || !names.has(nameKey(name))) {
      if (name !== null) names.add(nameKey(name))
      return name
    }
    refuse(reader, 'duplicate-key', reader.doc.keySpan(path), `the catalog ${shown(text)} is here twice`, 'remove one')
    return null
  }
  const produced = Object.entries(input.produce ?? {}).map(([text, given]) => {
    const path = ['catalog', 'produce', text]
    const catalog = readProduced(reader, take(text, path), given, path, keyNames)
    if (catalog !== null && given?.transfer === undefined) requireAllowed(reader, transfer, path)
    return catalog
  })
  const consumed = Object.entries(input.consume ?? {}).map(([text, given]) => {
    const path = ['catalog', 'consume', text]
    return readConsumed(reader, take(text, path), given, path, keyNames)
  })
  return {
    produced: produced.filter(catalog => catalog !== null),
    consumed: consumed.filter(catalog => catalog !== null),
  }
}

function readProduced(
  reader: Reader,
  name: Name | null,
  given: z.infer<typeof producedShape> | null,
  path: Path,
  keyNames: readonly string[],
): ProducedCatalog | null {
  const { zones, groups, transfer } = given ?? {}
  const choice: CatalogChoice = {
    zones: zones === undefined ? null : readPatterns(reader, zones, [...path, 'zones']),
    groups: Object.entries(groups ?? {}).map(([group, patterns]) => ({
      group,
      zones: readPatterns(reader, patterns, [...path, 'groups', group]),
    })),
  }
  const plan = transfer === undefined ? null : readPlan(reader, transfer, [...path, 'transfer'], keyNames)
  return name === null ? null : { name, choice, transfer: plan }
}

/** A catalog that nobody may have is of no use to anybody. */
function requireAllowed(reader: Reader, transfer: TransferPlan, path: Path): void {
  if (isTransferred(transfer)) return
  const hint = 'write `transfer: {allow: [{key: NAME}]}`, here or for all zones'
  refuse(reader, 'missing-key', reader.doc.keySpan(path), 'nobody may have this catalog', hint)
}

function readConsumed(
  reader: Reader,
  apex: Name | null,
  given: z.infer<typeof consumedShape>,
  path: Path,
  keyNames: readonly string[],
): ConsumedCatalog | null {
  const { members, groups, ...own } = given
  const terms = readPullTerms(reader, own, path, keyNames)
  const memberTerms = members === undefined ? terms : readPullTerms(reader, members, [...path, 'members'], keyNames)
  const groupTerms = Object.entries(groups ?? {}).flatMap(([group, each]) => {
    const read = readPullTerms(reader, each, [...path, 'groups', group], keyNames)
    return read === null ? [] : [{ group, terms: read }]
  })
  if (apex === null || terms === null || memberTerms === null) return null
  return { plan: { apex, ...terms }, members: memberTerms, groups: groupTerms }
}

function readPlan(reader: Reader, value: unknown, path: Path, keyNames: readonly string[]): TransferPlan | null {
  const plan = readTransfer(reader, value, path)
  for (const { name, span } of plan === null ? [] : keyUsesOf(plan)) {
    if (!keyNames.includes(name)) refuse(reader, 'undefined-key', span, ...sayUndefinedKey(name, keyNames))
  }
  return plan
}

function readPatterns(reader: Reader, texts: readonly string[], path: Path): readonly ZonePattern[] {
  return texts.flatMap((text, i) => {
    const name = parseName(text.endsWith('.') ? text : `${text}.`, null)
    if (!isNameFault(name) && name.length > 1) return [lowerName(name)]
    const hint = 'write the name of a zone, or `*.NAME` for all below it'
    refuse(
      reader,
      'bad-zone-name',
      reader.doc.valueSpan([...path, i]),
      `${shown(text)} is not the name of a zone`,
      hint,
    )
    return []
  })
}

/** Null after having reported that it is none. */
function readZoneName(reader: Reader, text: string, path: Path): Name | null {
  const name = parseName(text.endsWith('.') ? text : `${text}.`, null)
  if (!isNameFault(name) && name.length > 1 && !/[*/]/.test(text)) return lowerName(name)
  const hint = 'write a name that nobody resolves, such as catalog.invalid'
  refuse(reader, 'bad-zone-name', reader.doc.keySpan(path), `${shown(text)} is not the name of a zone`, hint)
  return null
}

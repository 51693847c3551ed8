/**
 * The JSON Schema of zone files, made from the same shapes that judge them, for editors. Draft 7, which is what the
 * YAML language server reads. A file with a header key has the full form; any other is a pure octoDNS zone.
 */
import { z } from 'zod'
import { checkSchemas } from './check.ts'
import { genericSchema, recordSchemas } from './records.ts'
import { listOf, text } from './scalars.ts'
import { zoneTest } from './tests.ts'
import { transferShape } from './transfer.ts'
import { defaults, headerKeys, soa } from './zone.ts'

/** As an object; the caller writes it down. */
export function zoneJsonSchema(): Readonly<Record<string, unknown>> {
  const record = z.union([...Object.values(recordSchemas), genericSchema]).meta({ id: 'record' })
  const owner = z.union([record, listOf(record)]).meta({ id: 'owner', description: 'A record or several.' })
  const check = z.union(Object.values(checkSchemas)).meta({ id: 'checkDefinition' })
  const owners = z.record(text, owner)
  const full = z.strictObject({
    zone: text.optional().describe('The name of the zone (default: the name of the file).'),
    soa: soa.describe('Start of authority.'),
    defaults: defaults.optional().describe('For records that say nothing themselves.'),
    checks: z.record(text, check).optional().describe('Checks by name.'),
    transfer: transferShape.optional(),
    records: owners.describe("Owners relative to the zone; '@' or '' is the zone itself, '*' the wildcard."),
    tests: z.array(zoneTest).optional().describe('Rehearsals, run by `robin test`.'),
  })
  const made: Record<string, unknown> = z.toJSONSchema(z.union([full, owners]), { io: 'input', target: 'draft-7' })
  const [fullForm, octodnsForm] = made['anyOf'] as readonly unknown[]
  return {
    $schema: made['$schema'],
    title: 'Robin zone file',
    if: { anyOf: headerKeys.map(key => ({ required: [key] })) },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema; nobody awaits a schema
    then: fullForm,
    else: octodnsForm,
    definitions: made['definitions'],
  }
}

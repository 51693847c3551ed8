/**
 * The shape of one rehearsal of a zone: who is how, what is asked, and what must come of it. Words for members are
 * those of health and of operators' orders.
 */
import { z } from 'zod'
import { rrsetRecordsMax } from '../../rotation/types.ts'
import { givenWords, orderWords, rcodeWords } from '../zone-test.ts'
import { duration, someText, text } from './scalars.ts'

/** Queries of one test at most. */
const withinMax = 10_000

export const zoneTest = z
  .strictObject({
    name: someText.optional().describe('What it is about, for the report.'),
    given: z
      .record(text, z.enum(givenWords))
      .optional()
      .describe(
        'Members that are not up, by address, address:port, owner=address or name; * is every member not named here.',
      ),
    from: text.optional().describe('Who asks: an address, or a network such as 10.8.0.0/16, sent as Client Subnet.'),
    ask: text.describe('A name of this zone and a type, such as `www AAAA` (default A).'),
    expect: z
      .array(text)
      .optional()
      .describe('Everything that answers carry, over as many queries as it takes; [] for none.'),
    rcode: z.enum(rcodeWords).optional().describe('Response code of every answer (default NOERROR).'),
    ttl: duration.optional().describe('Of every record answered; of a denial, how long caches may keep it.'),
    count: z.int().min(1).max(rrsetRecordsMax).optional().describe('Records in each answer.'),
    order: z
      .enum(orderWords)
      .optional()
      .describe('as-listed: each answer has the order of `expect`. rotating: each of them comes first in some answer.'),
    within: z
      .int()
      .min(1)
      .max(withinMax)
      .optional()
      .describe('So many queries are enough until everything under `expect` was answered.'),
  })
  .meta({ id: 'zoneTest', description: 'A rehearsal: `robin test` asks and compares.' })

export type ZoneTestInput = z.infer<typeof zoneTest>

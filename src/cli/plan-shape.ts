/**
 * What `robin plan --json` prints, as a shape: the schema that is committed for scripts is generated from it, and the
 * tests hold the verb's output to it.
 */
import { z } from 'zod'
import { flatProblemShape } from '../core/view/problem-shape.ts'

const kind = z.enum(['added', 'removed', 'changed'])
const count = z.int().min(0)

const settings = z
  .array(z.strictObject({ key: z.string(), from: z.string().nullable(), to: z.string().nullable() }))
  .describe('What is configured otherwise; null where there is nothing.')

export const planShape = z
  .strictObject({
    ok: z.boolean().describe('The server would take these files.'),
    refusal: z.enum(['problems', 'max-change']).nullable().describe('Why it would not.'),
    compared: z
      .strictObject({
        with: z.enum(['served', 'folder']).describe('With what the server serves, or with the files of a folder.'),
        folder: z.string(),
        generation: count.nullable(),
      })
      .nullable()
      .describe('Null if the files have errors.'),
    health: z
      .enum(['server', 'assumed'])
      .describe('As the server knows it, or assumed: every address that is checked is taken to be up.'),
    zones: z.strictObject({
      added: z.array(z.string()),
      removed: z.array(z.string()),
      changed: z.array(z.string()),
      same: count.describe('Zones whose files are the same; nothing of them is compared.'),
    }),
    answers: z
      .strictObject({
        now: count.describe('Addresses answered now, and record sets of other types.'),
        removed: count.describe('Of them, those that would be gone.'),
        maxChange: z.number().min(0).max(1).describe('Share of them that a reload may take away without being forced.'),
      })
      .nullable(),
    changes: z.array(
      z.strictObject({
        kind,
        zone: z.string(),
        owner: z.string(),
        type: z.string(),
        pool: z.string().nullable().describe('The pool that serves first, where rules tell clients apart.'),
        enters: z.array(
          z.strictObject({
            value: z.string(),
            proven: z.boolean().describe('False: once a check has passed that nobody has asked yet.'),
          }),
        ),
        leaves: z.array(z.string()),
        settings,
      }),
    ),
    checks: z.array(z.strictObject({ kind, zone: z.string(), check: z.string(), settings })),
    problems: z.array(flatProblemShape),
    notes: z.array(z.string()).describe('What should be known of the comparison.'),
  })
  .describe('robin plan --json')

export type PlanOutput = z.infer<typeof planShape>

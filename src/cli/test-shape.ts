/**
 * What `robin test --json` prints, as a shape: the schema that is committed for scripts is generated from it, and the
 * tests hold the verb's output to it.
 */
import { z } from 'zod'
import { flatProblemShape } from '../core/view/problem-shape.ts'

const place = {
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
}

const fault = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal(['missing', 'unexpected', 'never-first']), value: z.string() }),
    z.strictObject({ kind: z.literal('rcode'), expected: z.string(), got: z.string() }),
    z.strictObject({ kind: z.literal(['ttl', 'count']), expected: z.int(), got: z.int() }),
    z.strictObject({ kind: z.literal('order'), got: z.array(z.string()) }),
    z.strictObject({ kind: z.literal('late'), value: z.string(), within: z.int(), got: z.int() }),
    z.strictObject({
      kind: z.literal(['no-such-member', 'member-unwatched']),
      target: z.string(),
      word: z.string(),
    }),
  ])
  .describe('A way in which it was not as expected.')

const member = z.strictObject({
  address: z.string().describe('Address or name.'),
  pool: z.string().nullable().describe('The pool that it is in; null for a plain record.'),
  verdict: z.enum(['unknown', 'up', 'down']),
  override: z.enum(['none', 'forced-up', 'forced-down', 'drained']),
  answered: z.boolean(),
})

export const testShape = z
  .strictObject({
    ok: z.boolean(),
    files: z.int().min(0),
    tests: z.int().min(0),
    failed: z.int().min(0),
    problems: z
      .array(flatProblemShape)
      .describe('What is wrong with the files; with an error among them nothing is run.'),
    results: z.array(
      z.strictObject({
        ...place,
        name: z.string().nullable(),
        passed: z.boolean(),
        qname: z.string(),
        qtype: z.string(),
        from: z.string().nullable(),
        given: z.array(z.strictObject({ target: z.string(), word: z.string() })),
        expect: z.array(z.string()).nullable(),
        answered: z.array(z.string()).describe('Everything that answers carried.'),
        rcode: z.string().describe('Of the first answer.'),
        ttl: z.int().nullable(),
        queries: z.int().min(1),
        faults: z.array(fault).describe('None if it passed.'),
        pools: z
          .array(
            z.strictObject({
              owner: z.string(),
              type: z.string(),
              pool: z.string().nullable(),
              mode: z.string(),
              members: z.array(member),
            }),
          )
          .describe('Where answers were taken from.'),
      }),
    ),
  })
  .describe('robin test --json')

export type TestOutput = z.infer<typeof testShape>

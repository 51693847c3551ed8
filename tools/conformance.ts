/**
 * `npm run conformance`: Robin beside Knot and NSD on the same zones, asked tens of thousands of seeded questions and
 * hostile packets. Prints what differed, by phenomenon; exit code 1 if anything did that is not explained.
 *
 *   node tools/conformance.ts [--questions N] [--seed N]
 */
import { parseArgs } from 'node:util'
import { openArena } from './conformance/arena.ts'
import { runComparison } from './conformance/run.ts'
import { formatVerdict, sumRows } from './conformance/table.ts'

const questionsDefault = 60_000
const seedDefault = 2026

const { values } = parseArgs({ options: { questions: { type: 'string' }, seed: { type: 'string' } } })
const questions = readCount(values.questions, questionsDefault)
const seed = readCount(values.seed, seedDefault)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const arena = await openArena()
try {
  const began = performance.now()
  const verdict = await runComparison(arena.contenders, arena.corpus, { seed, questions })
  const { queries, unexplained } = sumRows(verdict.rows)
  process.stdout.write(`${formatVerdict(verdict)}\n\n`)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(
    `seed ${seed}: ${queries} questions to each of Robin, Knot and NSD in ${seconds} s, ` +
      `${unexplained} unexplained differences, ${verdict.faults.length} faults of our own\n`,
  )
  if (unexplained > 0 || verdict.faults.length > 0) process.exitCode = 1
} finally {
  await arena.close()
}

function readCount(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  process.stderr.write(`not a count: ${text}\n`)
  process.exit(2)
}

/**
 * `npm run fuzz`: mutated queries into the answer path, in process. Prints what was tried, and each failure with its
 * octets; exit code 1 if there was one, or if the heap grew.
 *
 *   node tools/fuzz.ts [--inputs N] [--seed N] [--seconds N]
 */
import { parseArgs } from 'node:util'
import { runFuzz } from './fuzz/run.ts'

const inputsDefault = 10_000_000
const secondsDefault = 540
const seedDefault = 2026
const readEvery = 256
/** What a collector may leave behind that is no leak. */
const heapGrowthMax = 2 * 1024 * 1024

const { values } = parseArgs({
  options: { inputs: { type: 'string' }, seed: { type: 'string' }, seconds: { type: 'string' } },
})
const wanted = readCount(values.inputs, inputsDefault)
const seed = readCount(values.seed, seedDefault)
const secondsMax = readCount(values.seconds, secondsDefault)
const report = runFuzz({ inputs: wanted, seed, secondsMax, readEvery })
const { inputs, seconds, answers, read, seeds, heapGrowthOctets, failures } = report

for (const { what, via, guarded, query, response } of failures) {
  process.stdout.write(
    `failure: ${what} (${via}${guarded ? ', guarded' : ''})\n  query    ${query}\n  response ${response}\n`,
  )
}
process.stdout.write(
  `seed ${seed}: ${inputs} inputs in ${seconds.toFixed(1)} s (${Math.round(inputs / seconds)} a second), ` +
    `${answers} answered, ${read} of them read in full, ${seeds} seeds at the end\n` +
    `${failures.length} failures, heap grew by ${heapGrowthOctets} octets\n`,
)
const grew = heapGrowthOctets > heapGrowthMax
if (inputs < wanted) process.stdout.write(`stopped before all ${wanted} inputs were tried\n`)
if (failures.length > 0 || grew || inputs < wanted) process.exitCode = 1

function readCount(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  process.stderr.write(`not a count: ${text}\n`)
  process.exit(2)
}

/**
 * `npm run chaos`: a minute in which everything happens at once to a real server under load. Prints what was done and
 * which rules were broken; exit code 1 if any was.
 *
 *   node tools/chaos.ts [--seconds N] [--rate QUERIES_PER_SECOND] [--seed N] [--io auto|batch|dgram]
 */
import { parseArgs } from 'node:util'
import { runChaos } from './chaos/run.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seconds: text, rate: text, seed: text, io: text } })
const io = (['auto', 'batch', 'dgram'] as const).find(each => each === (values.io ?? 'auto'))
const seed = readCount(values.seed, 2026)
const runSeconds = readCount(values.seconds, 60)
const perSecond = readCount(values.rate, 2_000)
if (io === undefined) usage()

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const report = await runChaos({ seed, runSeconds, perSecond, zones: 3, servicesPerZone: 6, io })
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const { queries, generations, events } = report
say(`seed ${seed}: ${runSeconds} s, ${queries} queries, ${generations} generations, ${events} events`)
for (const [act, count] of report.deeds.counts) say(`  ${act.padEnd(20)} ${count}`)
const { before, after } = report.residentMiB
say(`  slowest answer ${report.worstMs.toFixed(0)} ms`)
say(`  resident ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after`)
say('')
for (const { rule, count, examples } of report.findings) {
  say(`  ${count === 0 ? 'holds ' : 'BROKEN'} ${String(count).padStart(6)} ${rule}`)
  for (const example of examples) say(`                ${example}`)
}
if (report.findings.some(({ count }) => count > 0)) process.exitCode = 1

function readCount(given: string | undefined, fallback: number): number {
  const count = given === undefined ? fallback : Number(given)
  return Number.isSafeInteger(count) && count > 0 ? count : usage()
}

function usage(): never {
  process.stderr.write('usage: node tools/chaos.ts [--seconds N] [--rate N] [--seed N] [--io auto|batch|dgram]\n')
  process.exit(2)
}

/**
 * `npm run bench [scenario…]`: runs the scenarios in turn, all of them unless some are named, prints a table each and
 * whether what must hold did, and writes all figures as JSON to bench/results. A number is the length of the soak in
 * seconds. Loopback only; every run is bounded.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { benchAnswer, printAnswer } from './answer.ts'
import { benchHealth, printHealth } from './health.ts'
import { benchInstall, printInstall } from './install.ts'
import { benchLatency, printLatency } from './latency.ts'
import { type Found, judge, printJudged } from './limits.ts'
import { benchPeers, printPeers } from './peers.ts'
import { benchProbes, printProbes } from './probes.ts'
import { benchReload, printReload } from './reload.ts'
import { buildRobin } from './robin.ts'
import { benchScale, printScale } from './scale.ts'
import { benchSoak, printSoak } from './soak.ts'
import { benchThreads, printThreads } from './threads.ts'
import { benchVerdict, printVerdict } from './verdict.ts'

/** What a scenario found goes to its own printer, then to the JSON. */
async function show<T>(found: T | Promise<T>, printFound: (found: T) => void): Promise<T> {
  const report = await found
  printFound(report)
  return report
}

const scenarios: Readonly<Record<string, () => Promise<unknown>>> = {
  peers: () => show(benchPeers(), printPeers),
  threads: () => show(benchThreads(), printThreads),
  latency: () => show(benchLatency(), printLatency),
  verdict: () => show(benchVerdict(), printVerdict),
  answer: () => show(benchAnswer(), printAnswer),
  install: () => show(benchInstall(), printInstall),
  reload: () => show(benchReload(), printReload),
  scale: () => show(benchScale(), printScale),
  health: () => show(benchHealth(), printHealth),
  probes: () => show(benchProbes(), printProbes),
  soak: () => show(benchSoak(soakSeconds), printSoak),
}

const isNumber = (text: string): boolean => /^\d+$/.test(text)
const soakSeconds = process.argv.slice(2).filter(isNumber).map(Number)[0]
const asked = process.argv.slice(2).filter(text => !isNumber(text))
const chosen = asked.length === 0 ? Object.keys(scenarios) : asked
const unknown = chosen.filter(name => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  process.stderr.write(`bench: no scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}\n`)
  process.exit(2)
}

buildRobin()
const results: Record<string, unknown> = {}
for (const name of chosen) {
  process.stdout.write(`\n${name}\n`)
  results[name] = await scenarios[name]!()
}
const judged = judge(results as Found)
if (judged.length > 0) process.stdout.write('\nmust hold\n')
printJudged(judged)

const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
const folder = new URL('./results/', import.meta.url)
await mkdir(folder, { recursive: true })
await writeFile(new URL('latest.json', folder), `${JSON.stringify({ machine, ...results, judged }, null, 2)}\n`)

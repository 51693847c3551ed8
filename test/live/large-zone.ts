/** Reads one zone file in a process of its own, and prints what it cost: CPU, and the most that progress said. */
import { readZone } from '../../src/core/zonefile/validate.ts'
import { readZoneFile } from '../../src/edge/disk/zone-file.ts'

const found = await readZoneFile(process.argv[2]!)
if (found.kind === 'fault') throw new Error(found.fault.text)
const told: number[] = []
const { zone, problems } = readZone({ ...found.file, progress: done => told.push(done) })
const { user, system } = process.cpuUsage()
const rising = told.every((done, i) => i === 0 || done > told[i - 1]!)
const report = {
  rrsets: zone?.rrsets.length,
  problems: problems.length,
  cpuMs: (user + system) / 1000,
  told: told.length,
  rising,
}
process.stdout.write(JSON.stringify(report))

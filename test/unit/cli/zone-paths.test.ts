/** What paths on the command line stand for where zones were pulled: their sidecars lie in another folder. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { findZoneFiles } from '../../../src/cli/zone-paths.ts'
import { createTerminal } from './terminal.ts'

const master =
  '$ORIGIN a.test.\n$TTL 5\n@ SOA ns h 1 60 15 86400 5\n@ NS ns\nns A 127.0.0.1\nwww A 127.0.0.2\nwww A 127.0.0.3\n'
const sidecar = 'checks: {web: {protocol: TCP, port: 80}}\nowners: {www: {check: web}}\n'

let folder = ''
const zones = () => join(folder, 'zones')
const kept = () => join(folder, 'kept')
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-paths-'))
  for (const each of [zones(), kept()]) await mkdir(each)
  await writeFile(join(zones(), 'a.test.health.yaml'), sidecar)
  await writeFile(join(kept(), 'a.test.zone'), master)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function check(...paths: readonly string[]) {
  const terminal = createTerminal({})
  const code = await run(['check', '--format', 'json', ...paths], terminal)
  const { problems } = JSON.parse(terminal.printed.out) as { problems: readonly { code: string }[] }
  return { code, codes: problems.map(problem => problem.code) }
}

describe('a sidecar without a master file beside it', () => {
  it('goes to the pulled zone of its name, whose note tells it from what people write', async () => {
    expect(await check(zones(), kept())).toMatchObject({ code: 1, codes: ['sidecar-alone'] })
    await writeFile(join(kept(), 'a.test.known.json'), '{}')
    expect(await findZoneFiles([zones(), kept()])).toMatchObject({
      files: [{ path: join(kept(), 'a.test.zone'), sidecar: join(zones(), 'a.test.health.yaml') }],
    })
    expect(await check(zones(), kept())).toEqual({ code: 0, codes: [] })
    expect(await check(zones())).toMatchObject({ code: 1, codes: ['sidecar-alone'] })
  })

  it('is judged with what was pulled', async () => {
    await writeFile(join(kept(), 'a.test.known.json'), '{}')
    await writeFile(join(zones(), 'a.test.health.yaml'), sidecar.replace('check: web', 'check: wep'))
    expect(await check(zones(), kept())).toMatchObject({ code: 1, codes: ['unused-check', 'undefined-check'] })
  })
})

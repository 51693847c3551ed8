/**
 * What `robin rollback --config` takes for good: a copy is judged as the server with these settings would judge it, with
 * its keys, its GeoIP file and the zones that it pulls.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runRollback } from '../../../src/cli/rollback.ts'
import { openKeptSets } from '../../../src/edge/disk/kept-sets.ts'
import { place, writeMmdb } from '../geo/mmdb-writer.ts'
import { createTerminal } from './terminal.ts'

const apex = `soa: {mname: ns.example.net., rname: h.example.net.}
records:
  '@': {type: NS, value: ns.example.net.}
`
const withPlaces = `${apex}  www:
    type: A
    dynamic:
      pools: {eu: {values: [{value: 203.0.113.1}]}, rest: {values: [{value: 203.0.113.2}]}}
      rules: [{geos: [EU], pool: eu}, {pool: rest}]
    values: [203.0.113.2]
`
const withKey = `transfer: {allow: [{key: xfr}]}\n${apex}`
const secret = Buffer.alloc(32, 7).toString('base64')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-way-back-'))
  await mkdir(join(folder, 'zones'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Keeps a set with these files, edits one of them, and goes back. */
async function goBack(files: Readonly<Record<string, string>>, config: string) {
  const zones = join(folder, 'zones')
  for (const [name, text] of Object.entries(files)) await writeFile(join(zones, name), text)
  await openKeptSets(join(folder, 'state')).keep(zones, 1, 1_000)
  const edited = Object.keys(files)[0]!
  await writeFile(join(zones, edited), 'records: [')
  await writeFile(join(folder, 'robin.yaml'), `zones: zones\nstate: state\n${config}`)
  const terminal = createTerminal()
  const code = await runRollback({ config: join(folder, 'robin.yaml'), list: false, json: false }, terminal)
  const isBack = (await readFile(join(zones, edited), 'utf8')) === files[edited]
  return { code, err: terminal.printed.err, isBack }
}

describe('robin rollback --config', () => {
  it('goes back to zones with places', async () => {
    await writeFile(join(folder, 'geo.mmdb'), writeMmdb({ '10.0.0.0/8': place('EU', 'DE') }))
    const done = await goBack({ 'a.test.yaml': withPlaces }, 'geoip: geo.mmdb\n')
    expect(done).toEqual({ code: 0, err: '', isBack: true })
  })

  it('goes back to a folder that says how a pulled zone is checked', async () => {
    const files = { 'a.test.yaml': apex, 'b.test.health.yaml': 'checks: {web: {protocol: TCP, port: 80}}\n' }
    const done = await goBack(files, 'secondary: {b.test: {primaries: [192.0.2.1]}}\n')
    expect(done).toEqual({ code: 0, err: '', isBack: true })
  })

  it('does not go back to zones whose key is gone', async () => {
    const kept = await goBack(
      { 'a.test.yaml': withKey },
      `keys: {xfr: {algorithm: hmac-sha256, secret: '${secret}'}}\n`,
    )
    expect(kept).toMatchObject({ code: 0, isBack: true })
    const gone = await goBack({ 'a.test.yaml': withKey }, '')
    expect(gone).toMatchObject({ code: 1, isBack: false })
    expect(gone.err).toContain('undefined-key')
  })
})

/** What is kept of catalogs over a restart: what was saved comes back, and anything else is told from it. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Memberships, planMembers } from '../../../src/core/catalog/plan.ts'
import { restoreMemberships, saveMemberships } from '../../../src/core/catalog/saved.ts'
import { openCatalogFile } from '../../../src/edge/disk/catalog-file.ts'
import { catalogOf, nameOf } from './zones.ts'

const catalogs = [
  { name: nameOf('c1.'), members: catalogOf('a.test. x', 'odd\\.name\\032.test. \u00e9\u0001') },
  { name: nameOf('c2.'), members: catalogOf('b.test. y') },
]
const memberships: Memberships = planMembers(new Map(), catalogs, new Set()).after

describe('memberships', () => {
  it('come back as they were saved', () => {
    expect(restoreMemberships(saveMemberships(memberships))).toEqual(memberships)
    expect(restoreMemberships(saveMemberships(new Map()))).toEqual(new Map())
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"version":2,"members":[]}',
    '{"version":1,"members":{}}',
    '{"version":1,"members":[null]}',
    '{"version":1,"members":[{"zone":"a.","catalog":"c.","unique":"x"}]}',
    '{"version":1,"members":[{"zone":"a","catalog":"c.","unique":"x","groups":[]}]}',
    '{"version":1,"members":[{"zone":"a.","catalog":"c..","unique":"x","groups":[]}]}',
    '{"version":1,"members":[{"zone":"a.","catalog":"c.","unique":5,"groups":[]}]}',
    '{"version":1,"members":[{"zone":"a.","catalog":"c.","unique":"x","groups":[5]}]}',
  ])('are not read out of %j', text => {
    expect(restoreMemberships(text)).toBeNull()
  })

  it('are not read out of a file that was cut off anywhere', () => {
    const text = saveMemberships(memberships).trimEnd()
    for (let end = 0; end < text.length; end++) expect(restoreMemberships(text.slice(0, end))).toBeNull()
  })
})

describe('the file of memberships', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'robin-catalogs-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is empty at first, and then what was written last', async () => {
    const file = openCatalogFile(join(folder, 'state'))
    expect(await file.read()).toEqual({ memberships: new Map(), aside: null })
    expect(await file.write(new Map())).toBeNull()
    expect(await file.write(memberships)).toBeNull()
    expect(await file.read()).toEqual({ memberships, aside: null })
    expect(readdirSync(join(folder, 'state'))).toEqual([file.name])
  })

  it('is put aside where it cannot be used', async () => {
    const file = openCatalogFile(folder)
    writeFileSync(join(folder, file.name), 'torn')
    const { memberships: none, aside } = await file.read()
    expect([none.size, readdirSync(folder)]).toEqual([0, [aside]])
  })

  it('says why it cannot be written', async () => {
    writeFileSync(join(folder, 'plain'), '')
    expect(await openCatalogFile(join(folder, 'plain')).write(memberships)).not.toBeNull()
  })
})

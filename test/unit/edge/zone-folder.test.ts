import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { zoneFileOctetsMax } from '../../../src/core/zonefile/decode.ts'
import type { WatchDeps } from '../../../src/edge/disk/folder-watch.ts'
import { displayPath } from '../../../src/edge/disk/lone-file.ts'
import { readZoneFile } from '../../../src/edge/disk/zone-file.ts'
import { createZoneFolder } from '../../../src/edge/disk/zone-folder.ts'
import { mapBounded, type ZoneListing } from '../../../src/edge/disk/zone-listing.ts'

let folder = ''
const stops: (() => void)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'robin-zones-'))
})

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content)
const read = (at = folder) => createTexts({}, at).read()

/** A folder whose files are read for their texts. */
function createTexts(deps: Partial<WatchDeps>, at: string) {
  const readListed = async ({ paths }: ZoneListing) => {
    const found = await mapBounded(paths, readZoneFile)
    return {
      files: found.flatMap(one => (one.kind === 'file' ? [one.file] : [])),
      faults: found.flatMap(one => (one.kind === 'fault' ? [one.fault] : [])),
      besides: [],
    }
  }
  return createZoneFolder(deps, { folder: at, readListed })
}

describe('reading', () => {
  it('takes the zone files of the folder, sorted, and nothing else', async () => {
    const skipped = [
      '.hidden.yaml',
      '.#b.yaml',
      '#b.yaml#',
      'b.yaml~',
      '.b.yaml.swp',
      'b.yaml.bak',
      'readme.md',
      'yaml',
    ]
    for (const name of ['b.yml', 'm.zone', 'a.yaml', '10.yaml', '9.yaml', ...skipped]) write(name, name)
    mkdirSync(join(folder, 'deeper'))
    write('deeper/c.yaml', 'c')
    const { files, faults } = await read()
    expect(files.map(file => file.text)).toEqual(['10.yaml', '9.yaml', 'a.yaml', 'b.yml', 'm.zone'])
    expect(files.map(file => file.file)).toEqual(
      ['10.yaml', '9.yaml', 'a.yaml', 'b.yml', 'm.zone'].map(name => join(folder, name)),
    )
    expect(faults).toEqual([])
  })

  it('gives text, digest of the bytes and date of one file', async () => {
    const bytes = Buffer.from('\ufeffzone: é\r\n')
    write('a.yaml', bytes)
    utimesSync(join(folder, 'a.yaml'), 1_700_000_000.9, 1_700_000_000.9)
    expect((await read()).files).toEqual([
      {
        file: join(folder, 'a.yaml'),
        text: 'zone: é\r\n',
        digest: createHash('sha256').update(bytes).digest('hex'),
        modified: 1_700_000_000,
        includes: new Map(),
        wanted: [],
      },
    ])
  })

  it('reads an empty file and an empty folder', async () => {
    expect(await read()).toEqual({ files: [], faults: [], besides: [] })
    write('a.yaml', '')
    expect((await read()).files[0]?.text).toBe('')
  })

  it('reads a thousand files, each once and in its place', async () => {
    for (let i = 0; i < 1000; i++) write(`z${i}.yaml`, `${i}`)
    const { files } = await read()
    expect(files.length).toBe(1000)
    expect(files.every(file => file.file.endsWith(`/z${file.text}.yaml`))).toBe(true)
  })

  it('makes a fault of what cannot be read and reads the others', async () => {
    write('good.yaml', 'good')
    write('latin.yaml', Buffer.concat([Buffer.from('one\ntwo\n'), Buffer.of(0xe9, 0x0a)]))
    mkdirSync(join(folder, 'sub.yaml'))
    symlinkSync('nowhere.yaml', join(folder, 'dangling.yaml'))
    write('huge.yaml', '')
    truncateSync(join(folder, 'huge.yaml'), zoneFileOctetsMax + 1)
    const { files, faults } = await read()
    expect(files.map(file => file.text)).toEqual(['good'])
    const names = ['dangling.yaml', 'huge.yaml', 'latin.yaml', 'sub.yaml']
    expect(faults.map(fault => fault.span.file)).toEqual(names.map(name => join(folder, name)))
    expect(faults[2]).toMatchObject({ code: 'unreadable', span: { line: 3, column: 1 } })
  })

  it('makes a fault of a folder that is missing or none', async () => {
    write('file', '')
    for (const name of ['missing', 'file']) {
      const { files, faults } = await read(join(folder, name))
      expect(files).toEqual([])
      expect(faults.map(fault => fault.span.file)).toEqual([join(folder, name)])
    }
  })

  it('reads all of one version where a ConfigMap turns over meanwhile', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `z${i}.yaml`)
    const turnTo = (version: string): void => {
      mkdirSync(join(folder, `..${version}`))
      for (const name of names) write(`..${version}/${name}`, version)
      symlinkSync(`..${version}`, join(folder, '..next'))
      renameSync(join(folder, '..next'), join(folder, '..data'))
    }
    turnTo('v0')
    for (const name of names) symlinkSync(`..data/${name}`, join(folder, name))
    for (let ticks = 0; ticks < 120; ticks += 4) {
      const reading = read()
      // Each waits its turn among the requests of the reading, so the swap falls into every part of it.
      for (let tick = 0; tick < ticks; tick++) await stat(folder)
      turnTo(`v${ticks + 1}`)
      const { files, faults } = await reading
      expect(faults).toEqual([])
      expect(files.length).toBe(names.length)
      expect(new Set(files.map(file => file.text)).size).toBe(1)
    }
  })
})

describe('paths', () => {
  it('are relative below where one stands, absolute elsewhere', () => {
    expect(displayPath(join(process.cwd(), 'zones/a.yaml'))).toBe('zones/a.yaml')
    expect(displayPath('zones/../zones/a.yaml')).toBe('zones/a.yaml')
    expect(displayPath('.')).toBe('.')
    expect(displayPath('../a.yaml')).toBe(join(process.cwd(), '../a.yaml'))
    expect(displayPath('..a.yaml')).toBe('..a.yaml')
  })

  it('of a lone file are read as well', async () => {
    write('lone.txt', 'x')
    expect(await readZoneFile(join(folder, 'lone.txt'))).toMatchObject({ kind: 'file', file: { text: 'x' } })
  })
})

/** Timers and notices in the test's hand. */
function createHand() {
  const observed = new Map<string, { stirred: () => void; failed: () => void }>()
  const later: (() => Promise<void>)[] = []
  const hand = { poll: async (): Promise<void> => {}, polls: 0, refuse: false }
  const deps: WatchDeps = {
    after: run => {
      later.push(run)
      return () => {
        later.splice(later.indexOf(run), 1)
      }
    },
    every: run => {
      hand.poll = run
      hand.polls++
      return () => hand.polls--
    },
    observe: (path, stirred, failed) => {
      if (hand.refuse) throw new Error('ENOSPC')
      observed.set(path, { stirred, failed })
      return () => observed.delete(path)
    },
  }
  const runLater = async (): Promise<void> => {
    for (const run of later.splice(0)) await run()
  }
  return { hand, deps, observed, later, runLater }
}

describe('watching', () => {
  const start = async (refuse = false) => {
    const held = createHand()
    held.hand.refuse = refuse
    write('a.yaml', '1')
    const source = createTexts(held.deps, folder)
    await source.read()
    const count = { calls: 0 }
    const stop = source.watch(() => count.calls++)
    stops.push(stop)
    await held.hand.poll()
    return { ...held, source, count, stop }
  }

  it('polls alone where the system grants no watch, and calls back once for one edit', async () => {
    const { hand, count, later, observed } = await start(true)
    expect([observed.size, later.length, count.calls]).toEqual([0, 0, 0])
    await hand.poll()
    expect(count.calls).toBe(0)
    for (const edit of [
      () => write('a.yaml', '2'),
      () => write('b.yaml', '1'),
      () => renameSync(join(folder, 'b.yaml'), join(folder, 'c.yaml')),
      () => rmSync(join(folder, 'c.yaml')),
      () => rmSync(folder, { recursive: true }),
      () => mkdirSync(folder),
    ]) {
      const before = count.calls
      edit()
      await hand.poll()
      await hand.poll()
      expect(count.calls).toBe(before + 1)
    }
  })

  it('sees a file replaced or rewritten with the same size and date', async () => {
    const { hand, count } = await start(true)
    const date = new Date(1_700_000_000_000)
    utimesSync(join(folder, 'a.yaml'), date, date)
    await hand.poll()
    write('.new', '2')
    utimesSync(join(folder, '.new'), date, date)
    renameSync(join(folder, '.new'), join(folder, 'a.yaml'))
    await hand.poll()
    expect(count.calls).toBe(2)
    write('a.yaml', '3')
    utimesSync(join(folder, 'a.yaml'), date, date)
    await hand.poll()
    expect(count.calls).toBe(3)
  })

  it('does not call back for what was read meanwhile', async () => {
    const { hand, count, source } = await start()
    write('a.yaml', '2')
    await source.read()
    await hand.poll()
    expect(count.calls).toBe(0)
  })

  it('tells an edit between reading and watching', async () => {
    const { deps, hand } = createHand()
    write('a.yaml', '1')
    const source = createTexts(deps, folder)
    await source.read()
    write('a.yaml', '22')
    let calls = 0
    stops.push(source.watch(() => calls++))
    await hand.poll()
    expect(calls).toBe(1)
  })

  it('waits until an edit is over, then looks once', async () => {
    const { count, observed, later, runLater } = await start()
    const { stirred } = [...observed.values()][0]!
    write('a.yaml', '22')
    stirred()
    stirred()
    expect(later.length).toBe(1)
    stirred()
    await runLater()
    // Something stirred within the span: another one.
    expect([later.length, count.calls]).toEqual([1, 0])
    await runLater()
    expect([later.length, count.calls]).toEqual([0, 1])
    stirred()
    await runLater()
    expect(count.calls).toBe(1)
  })

  it('looks into a folder that never rests', async () => {
    const { count, observed, later, runLater } = await start()
    const { stirred } = [...observed.values()][0]!
    write('a.yaml', '22')
    stirred()
    let spans = 0
    while (later.length > 0) {
      stirred()
      await runLater()
      spans++
      expect(spans).toBeLessThan(100)
    }
    expect(spans).toBeGreaterThan(1)
    expect(count.calls).toBe(1)
  })

  it('takes up a watch again after it failed', async () => {
    const { hand, observed } = await start()
    const path = [...observed.keys()][0]!
    observed.get(path)!.failed()
    expect(observed.size).toBe(0)
    await hand.poll()
    expect([...observed.keys()]).toEqual([path])
  })

  it('follows links to where the files are, and leaves places that are no longer asked for', async () => {
    const { hand, observed } = await start()
    const own = [...observed.keys()][0]!
    mkdirSync(join(folder, 'elsewhere'))
    write('elsewhere/x', '1')
    symlinkSync('elsewhere/x', join(folder, 'b.yaml'))
    await hand.poll()
    expect([...observed.keys()]).toEqual([own, join(own, 'elsewhere')])
    rmSync(join(folder, 'b.yaml'))
    await hand.poll()
    expect([...observed.keys()]).toEqual([own])
  })

  it('leaves nothing behind when it is stopped while an edit is under way', async () => {
    const { hand, count, observed, later, stop } = await start()
    const { stirred } = [...observed.values()][0]!
    write('a.yaml', '22')
    stirred()
    stop()
    stirred()
    expect([hand.polls, observed.size, later.length, count.calls]).toEqual([0, 0, 0, 0])
  })

  it('leaves nothing behind when it is stopped while it looks', async () => {
    const { hand, count, observed, stop } = await start()
    write('a.yaml', '22')
    const looking = hand.poll()
    stop()
    await looking
    expect([hand.polls, observed.size, count.calls]).toEqual([0, 0, 0])
  })

  it('notices with the means of the system: an edit, and a swap of ..data', async () => {
    mkdirSync(join(folder, '..v1'))
    write('..v1/a.yaml', '1')
    symlinkSync('..v1', join(folder, '..data'))
    symlinkSync('..data/a.yaml', join(folder, 'a.yaml'))
    const source = createTexts({}, folder)
    await source.read()
    let told = (): void => {}
    stops.push(source.watch(() => told()))
    const edit = (act: () => void): Promise<void> => {
      const seen = new Promise<void>(resolve => {
        told = resolve
      })
      act()
      return seen
    }
    await edit(() => write('..v1/a.yaml', '22'))
    expect((await source.read()).files[0]?.text).toBe('22')
    await edit(() => {
      mkdirSync(join(folder, '..v2'))
      write('..v2/a.yaml', '333')
      symlinkSync('..v2', join(folder, '..next'))
      renameSync(join(folder, '..next'), join(folder, '..data'))
    })
    expect((await source.read()).files[0]?.text).toBe('333')
  })
})

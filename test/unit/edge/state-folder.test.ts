import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asideKeptMax, openStateFolder, type StateFolder, stateName } from '../../../src/edge/disk/state-folder.ts'
import { lockName, takeLock } from '../../../src/edge/disk/state-lock.ts'

let base = ''
let opened: StateFolder[] = []

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'robin-state-'))
})
afterEach(async () => {
  for (const state of opened) await state.close()
  opened = []
  await rm(base, { recursive: true, force: true })
})

async function open(folder = join(base, 'state')): Promise<StateFolder> {
  const found = await openStateFolder(folder)
  if (found.kind === 'refused') throw new Error(found.reason)
  opened.push(found.state)
  return found.state
}

const octets = (text: string) => new TextEncoder().encode(text)
const held = async (state: StateFolder) => {
  const read = await state.read()
  return read.kind === 'octets' ? new TextDecoder().decode(read.octets) : read.kind
}

describe('the state file', () => {
  it('is not there at first, then what was written last, whole, for its owner alone', async () => {
    const state = await open()
    expect(await held(state)).toBe('none')
    await state.write(octets('first and long'))
    await state.write(octets('second'))
    expect(await held(state)).toBe('second')
    expect((await readdir(state.folder)).sort()).toEqual([lockName, stateName])
    expect((await stat(join(state.folder, stateName))).mode & 0o777).toBe(0o600)
    expect((await stat(state.folder)).mode & 0o777).toBe(0o700)
  })

  it('replaces the half of a save that a crash left', async () => {
    const state = await open()
    await writeFile(join(state.folder, `${stateName}.new`), 'half')
    await state.write(octets('whole'))
    expect(await held(state)).toBe('whole')
    expect(await readdir(state.folder)).toHaveLength(2)
  })

  it('that cannot be read is told, and put aside whatever it is', async () => {
    const state = await open()
    await mkdir(join(state.folder, stateName))
    expect(await state.read()).toMatchObject({ kind: 'unreadable' })
    expect(await state.setAside(new Date(0))).toBe(`${stateName}.bad-19700101T000000000Z`)
    expect(await held(state)).toBe('none')
    await state.write(octets('new'))
    expect(await held(state)).toBe('new')
  })

  it('put aside again and again leaves the newest few', async () => {
    const state = await open()
    for (let second = 0; second < asideKeptMax + 3; second++) {
      await state.write(octets(`${second}`))
      await state.setAside(new Date(second * 1_000))
    }
    const aside = (await readdir(state.folder)).filter(name => name.includes('.bad-')).sort()
    expect(aside).toHaveLength(asideKeptMax)
    expect(await readFile(join(state.folder, aside[0]!), 'utf8')).toBe('3')
    expect(await state.setAside(new Date())).toBeNull()
  })

  it('is found through a link, and by a path that is long', async () => {
    const long = join(base, 'x'.repeat(100), 'y'.repeat(100))
    const state = await open(long)
    await state.write(octets('far'))
    await symlink(long, join(base, 'link'))
    expect(await openStateFolder(join(base, 'link'))).toMatchObject({ kind: 'refused' })
    expect(await held(state)).toBe('far')
  })
})

describe('a folder that cannot be written', () => {
  it('by reason of the disk is told in words, and written again once mended', async () => {
    const state = await open()
    await state.write(octets('before'))
    // A folder in the place of the file to be written is an obstacle for root as well.
    const obstacle = join(state.folder, `${stateName}.new`)
    await mkdir(join(obstacle, 'x'), { recursive: true })
    await expect(state.write(octets('after'))).rejects.toThrow()
    expect(await held(state)).toBe('before')
    await rm(obstacle, { recursive: true })
    await state.write(octets('after'))
    expect(await held(state)).toBe('after')
  })

  it.runIf(process.getuid?.() !== 0)('for want of permission is open all the same', async () => {
    const folder = join(base, 'closed')
    await mkdir(folder)
    await chmod(folder, 0o500)
    const state = await open(folder)
    await expect(state.write(octets('x'))).rejects.toThrow('may not write')
    await chmod(folder, 0o700)
    await state.write(octets('x'))
    expect(await held(state)).toBe('x')
  })

  it('since it is a file is refused in one line', async () => {
    await writeFile(join(base, 'file'), '')
    for (const folder of [join(base, 'file'), join(base, 'file', 'below')]) {
      const found = await openStateFolder(folder)
      expect(found).toMatchObject({ kind: 'refused' })
      expect(found.kind === 'refused' && found.reason.includes('\n')).toBe(false)
    }
  })
})

describe('the lock', () => {
  it('lets one server have the folder, and the next after it', async () => {
    const first = await open()
    expect(await openStateFolder(first.folder)).toMatchObject({ kind: 'refused' })
    await first.close()
    opened = []
    const second = await open()
    await second.write(octets('x'))
    expect(await held(second)).toBe('x')
  })

  it('of a process that was killed is free', async () => {
    const lockFile = new URL('../../../src/edge/disk/state-lock.ts', import.meta.url).pathname
    const script = `const { takeLock } = await import(${JSON.stringify(lockFile)})
      console.log(await takeLock(${JSON.stringify(base)}) === 'taken' ? 'taken' : 'held'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = await new Promise<string>(resolve => child.stdout.once('data', chunk => resolve(`${chunk}`.trim())))
    expect(said).toBe('held')
    expect(await takeLock(base)).toBe('taken')
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    expect(await readdir(base)).toEqual([lockName])
    const lock = await takeLock(base)
    expect(lock).not.toBe('taken')
    if (lock !== 'taken') await lock.release()
    expect(await readdir(base)).toEqual([])
  })

  it('that somebody removed is noticed before anything is written', async () => {
    const state = await open()
    await rm(join(state.folder, lockName))
    await expect(state.write(octets('x'))).rejects.toThrow('lock')
    const other = await openStateFolder(state.folder)
    expect(other.kind).toBe('open')
    if (other.kind === 'open') opened.push(other.state)
    await expect(state.write(octets('x'))).rejects.toThrow('lock')
  })

  it('is cleared away where it is no socket at all', async () => {
    await writeFile(join(base, lockName), 'not a socket')
    const lock = await takeLock(base)
    expect(lock).not.toBe('taken')
    if (lock !== 'taken') await lock.release()
  })
})

/** The docs that newcomers follow, followed: every command in them, and what each is said to print. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayIsolate } from '../contract/probe-namespace.ts'
import { createDesk, type Desk, readSteps } from './docs-console.ts'
import { needs } from './program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const stepMs = 60_000

describe.runIf(mayIsolate() && needs('nsenter') && needs('dig') && needs('bash'))('docs/first-zone.md', () => {
  const steps = readSteps(readFileSync(join(root, 'docs/first-zone.md'), 'utf8'))
  let folder = ''
  let desk: Desk

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'robin-docs-'))
    const programs = join(folder, 'bin')
    mkdirSync(programs)
    writeFileSync(join(programs, 'robin'), `#!/bin/sh\nexec ${process.execPath} ${join(root, 'src/main.ts')} "$@"\n`)
    chmodSync(join(programs, 'robin'), 0o755)
    mkdirSync(join(folder, 'desk'))
    desk = await createDesk(join(folder, 'desk'), programs)
  })
  afterAll(async () => {
    await desk?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has steps', () => {
    expect(steps.filter(({ kind }) => kind === 'command').length).toBeGreaterThan(15)
  })

  it.each(steps.map(step => [step.kind === 'file' ? step.path : step.command, step] as const))(
    '%s',
    async (_, step) => {
      const { printed, fits } = await desk.follow(step)
      expect(fits, printed).toBe(true)
    },
    stepMs,
  )
})

import { describe, expect, it } from 'vitest'
import { createProgress } from '../../../src/cli/progress.ts'

function run(terminal: boolean, total: number): string {
  const shown: string[] = []
  const progress = createProgress({ terminal, err: text => shown.push(text) })
  for (let done = 1; done <= total; done++) progress.tell(done, total, null)
  progress.end()
  return shown.join('')
}

describe('progress', () => {
  it('is one line of a terminal, taken away in the end', () => {
    const parts = run(true, 200).split('\r')
    const steps = [25, 50, 75, 100, 125, 150, 175, 200]
    expect(parts.slice(1, -1)).toEqual(steps.map(n => `\u001b[Kreading ${n} of 200 files`))
    expect(parts.at(-1)).toBe('\u001b[K')
  })

  it('is nothing for few files, and nothing where nobody looks', () => {
    expect(run(true, 99)).toBe('')
    expect(run(false, 200)).toBe('')
  })

  it('moves while a large file is read, by whole percents', () => {
    const shown: string[] = []
    const progress = createProgress({ terminal: true, err: text => shown.push(text) })
    for (const done of [0, 1, 99, 500, 1_000]) progress.tell(0, 1, { path: '/zones/big.test.zone', done, total: 1_000 })
    progress.tell(1, 3, { path: 'other.zone', done: 1, total: 2 })
    progress.end()
    const lines = shown.join('').split('\r\u001b[K')
    expect(lines.slice(1)).toEqual([
      ...[0, 9, 50, 100].map(share => `reading big.test.zone: ${share} %`),
      'reading other.zone: 50 %, 1 of 3 files done',
      '',
    ])
  })
})

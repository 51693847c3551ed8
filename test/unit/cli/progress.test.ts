import { describe, expect, it } from 'vitest'
import { createProgress } from '../../../src/cli/progress.ts'

function run(terminal: boolean, total: number): string {
  const shown: string[] = []
  const progress = createProgress({ terminal, err: text => shown.push(text) })
  for (let done = 1; done <= total; done++) progress.tell(done, total)
  progress.end()
  return shown.join('')
}

describe('progress', () => {
  it('is one line of a terminal, taken away in the end', () => {
    const parts = run(true, 200).split('\r')
    expect(parts.slice(1, -1)).toEqual([25, 50, 75, 100, 125, 150, 175, 200].map(n => `reading ${n} of 200 files`))
    expect(parts.at(-1)).toBe('\u001b[K')
  })

  it('is nothing for few files, and nothing where nobody looks', () => {
    expect(run(true, 99)).toBe('')
    expect(run(false, 200)).toBe('')
  })
})

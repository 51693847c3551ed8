/** A missing program is said aloud, and is a failure under CI. */
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest'
import { needs } from './program.ts'

const absent = 'no-such-program-anywhere'
let write: MockInstance

beforeEach(() => {
  write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})

afterEach(() => {
  write.mockRestore()
})

it('finds a program on PATH', () => {
  expect(needs('sh', { PATH: '/nowhere:/usr/bin:/bin' })).toBe(true)
})

it('does not take a folder or a plain file for a program', () => {
  expect(needs('bin', { PATH: '/usr' })).toBe(false)
  expect(needs('passwd', { PATH: '/etc' })).toBe(false)
})

it('says once what is missing', () => {
  const found = [needs(absent, { PATH: '' }), needs(absent, { PATH: '' })]
  const lines = write.mock.calls.map(([text]) => text)
  expect(found).toEqual([false, false])
  expect(lines).toEqual([`skipped: needs ${absent}\n`])
})

it('fails under CI', () => {
  expect(() => needs(absent, { PATH: '', CI: 'true' })).toThrow(absent)
})

import { describe, expect, it } from 'vitest'
import { createOutlet } from '../../../src/edge/outlet.ts'

/** A reader with room for so many octets, and time that passes when it is told to. */
function stage(roomOctets: number) {
  const due: { readonly act: () => void; readonly afterMs: number }[] = []
  const reader = { room: roomOctets, text: '', fault: null as string | null }
  let paused = 0
  const outlet = createOutlet({
    put: octets => {
      if (reader.fault !== null) throw Object.assign(new Error('put'), { code: reader.fault })
      const taken = Math.min(octets.length, reader.room)
      reader.text += Buffer.from(octets.subarray(0, taken)).toString()
      reader.room -= taken
      return taken
    },
    isReady: () => reader.room > 0,
    later: (act, afterMs) => due.push({ act, afterMs }),
    pause: forMs => {
      paused += forMs
    },
  })
  const lost: number[] = []
  outlet.onLost(lines => lost.push(lines))
  const pass = (): void => {
    for (const { act } of due.splice(0)) act()
  }
  return { outlet, reader, due, lost, pass, paused: () => paused }
}

const many = 20_000
const lines = Array.from({ length: many }, (_, i) => `${'x'.repeat(200)} ${i}\n`)

describe('an outlet', () => {
  it('has written a line when the call returns', () => {
    const { outlet, reader, due } = stage(1e9)
    outlet.write('one\n')
    expect(reader.text).toBe('one\n')
    outlet.write(`${'y'.repeat(100_000)}\n`)
    expect(reader.text).toHaveLength(100_005)
    expect(due).toEqual([])
  })

  it('keeps what a slow reader does not take, whole and in order, and asks again', () => {
    const { outlet, reader, due, pass, lost } = stage(10)
    for (const line of ['first line\n', 'second line\n', 'third\n']) outlet.write(line)
    expect(reader.text).toBe('first line')
    expect(due).toHaveLength(1)
    pass()
    expect(reader.text).toBe('first line')
    reader.room = 7
    pass()
    reader.room = 100
    outlet.write('fourth\n')
    pass()
    expect(reader.text).toBe('first line\nsecond line\nthird\nfourth\n')
    expect(due).toEqual([])
    expect(lost).toEqual([])
  })

  it('never waits for a stuck reader, keeps a bounded amount, and tells how much was lost', () => {
    const { outlet, reader, pass, lost, paused } = stage(0)
    for (const line of lines) outlet.write(line)
    expect(paused()).toBe(0)
    reader.room = 1e9
    pass()
    const came = reader.text.split('\n').length - 1
    expect(reader.text).toBe(lines.slice(0, came).join(''))
    expect(reader.text.length).toBeLessThanOrEqual(1024 * 1024)
    expect(reader.text.length).toBeGreaterThan(1024 * 1024 - 300)
    expect(lost).toEqual([many - came])
    pass()
    expect(lost).toHaveLength(1)
  })

  it('keeps room for rare lines while there are thousands of others', () => {
    const { outlet, reader, pass, lost } = stage(0)
    let left = 0
    for (const line of lines) {
      if (!outlet.isCrowded()) outlet.write(line)
      else {
        outlet.lose()
        left++
      }
    }
    outlet.write('a reload\n')
    reader.room = 1e9
    pass()
    expect(reader.text.endsWith('a reload\n')).toBe(true)
    expect(outlet.isCrowded()).toBe(false)
    expect(lost).toEqual([left])
  })

  it('goes on after a full disk and is silent once nobody reads', () => {
    const { outlet, reader, due, pass } = stage(1e9)
    reader.fault = 'ENOSPC'
    outlet.write('kept\n')
    expect(due.map(({ afterMs }) => afterMs)).toEqual([1000])
    reader.fault = null
    pass()
    expect(reader.text).toBe('kept\n')
    reader.fault = 'EPIPE'
    outlet.write('gone\n')
    reader.fault = null
    outlet.write('gone too\n')
    expect(reader.text).toBe('kept\n')
    expect(due).toEqual([])
  })

  it('waits at the end of the process, and not for ever', () => {
    const { outlet, reader, paused } = stage(0)
    outlet.write('last words\n')
    outlet.flush(100)
    expect(paused()).toBe(100)
    reader.room = 100
    outlet.flush(100)
    expect(reader.text).toBe('last words\n')
    expect(paused()).toBe(100)
  })
})

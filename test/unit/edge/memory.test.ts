import { describe, expect, it } from 'vitest'
import { loadMemoryCalls, readCode, readUnfiled } from '../../../src/edge/ffi/memory.ts'

const smaps = `00400000-00500000 r--p 00000000 fe:00 5309161   /usr/bin/node
Rss:                 900 kB
Anonymous:             0 kB
00500000-00700000 r-xp 00100000 fe:00 5309161   /usr/bin/node
Anonymous:             0 kB
00700000-00704000 r--p 00300000 fe:00 5309161   /usr/bin/node
Anonymous:             8 kB
00704000-00708000 rw-p 00304000 fe:00 5309161   /usr/bin/node
Anonymous:             0 kB
18050000-18450000 rw-p 00000000 00:00 0         [heap]
Anonymous:          3916 kB
7f60b0000000-7f60b0100000 r-xp 00000000 00:00 0
Anonymous:             0 kB
7f61b0000000-7f61b0100000 r-xs 00000000 fe:00 77 /usr/lib/shared
Anonymous:             0 kB
`

describe('memory that the system may have back', () => {
  it('is in files that are mapped for this process alone and were never written to', () => {
    expect(readCode(smaps)).toEqual([
      { from: 0x400000n, octets: 0x100000n },
      { from: 0x500000n, octets: 0x200000n },
    ])
    expect(readCode('')).toEqual([])
  })

  it('is what stands for no file, counted by the kernel', () => {
    const before = readUnfiled()
    expect(before).toBeLessThan(process.memoryUsage.rss())
    const touched = Buffer.alloc(64 * 2 ** 20, 1)
    expect(readUnfiled() - before).toBeGreaterThan(touched.length / 2)
  })

  it('is given back while the program goes on', async () => {
    const calls = await loadMemoryCalls()
    if ('reason' in calls) {
      expect(process.env['CI']).not.toBe('true')
      process.stdout.write('skipped: needs koffi\n')
      return
    }
    calls.shareHeap()
    calls.trimHeap()
    expect(await calls.dropCode()).toBeGreaterThan(1_000_000)
    expect(JSON.parse('{"still": "here"}')).toEqual({ still: 'here' })
  })
})

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const serve = new URL('../../../src/shell/serve.ts', import.meta.url).href
const late = new URL('../../../src/edge/probe/late.ts', import.meta.url).href

/** What a process of its own has loaded, of the libraries that a server should not need, after some imports. */
function loadedBy(program: string): readonly string[] {
  const look = `
    import { createRequire } from 'node:module'
    ${program}
    const files = Object.keys(createRequire(import.meta.url).cache)
    const all = [...process.moduleLoadList, ...files].join(' ')
    console.log(JSON.stringify(['undici', 'http2', 'dns2'].filter(name => all.includes(name))))`
  const args = ['--no-warnings', '--input-type=module', '--eval', look]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

describe('a server that probes by none of the rarer checks', () => {
  it('loads neither their libraries nor a second HTTP client', { timeout: 60_000 }, () => {
    expect(loadedBy(`await import('${serve}')`)).toEqual([])
  })

  it('would be seen to load them', { timeout: 60_000 }, () => {
    const load = `const { loadDns2, loadHttp2 } = await import('${late}'); loadDns2(); loadHttp2()`
    expect(loadedBy(`${load}; await import('node:http')`)).toEqual(['undici', 'http2', 'dns2'])
  })
})

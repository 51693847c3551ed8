/**
 * Every row of the conformance table on the running server: the question put by the real dig or as octets, the answer
 * held against the row's patterns. All rows pass; those of level `choice` hold us to what we chose.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRobin } from '../../tools/conformance/arena.ts'
import { needs } from '../live/program.ts'
import type { LiveServer } from '../live/server.ts'
import type { Ask } from './row.ts'
import { aliasRows } from './rows-aliases.ts'
import { answerRows } from './rows-answers.ts'
import { delegationRows } from './rows-delegations.ts'
import { ednsRows } from './rows-edns.ts'
import { headerRows } from './rows-headers.ts'
import { streamRows } from './rows-streams.ts'
import { wildcardRows } from './rows-wildcards.ts'
import { send } from './sender.ts'

const run = promisify(execFile)
const rows = [
  ...answerRows,
  ...aliasRows,
  ...wildcardRows,
  ...delegationRows,
  ...ednsRows,
  ...headerRows,
  ...streamRows,
]

async function answerTo(port: number, ask: Ask): Promise<string> {
  if ('raw' in ask) return send(port, ask.raw, ask.how)
  const words = ['+norec', '+noad', '+nocookie', '+time=2', '+tries=1', '@127.0.0.1', '-p', String(port)]
  try {
    return (await run('dig', [...words, ...ask.dig.split(' ')], { timeout: 10_000 })).stdout
  } catch (error) {
    // dig ends with an error where nobody answered; what it printed says so.
    return String((error as { readonly stdout?: string }).stdout ?? error)
  }
}

describe.runIf(needs('dig'))('a row of the table', () => {
  let server: LiveServer | null = null

  beforeAll(async () => {
    server = await startRobin()
  })

  afterAll(() => server?.close())

  it.each(rows)('$id: $what ($rests)', async ({ asks, expect: wanted, never = [] }) => {
    const answers: string[] = []
    for (const ask of asks) answers.push(await answerTo(server!.port, ask))
    const text = answers.join('\n').replace(/\s+/g, ' ')
    for (const pattern of wanted) expect(text).toMatch(pattern)
    for (const pattern of never) expect(text).not.toMatch(pattern)
  })
})

describe('the table', () => {
  it('names each row once', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThan(80)
  })
})

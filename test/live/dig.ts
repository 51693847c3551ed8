/** Asks with the real dig and reads what it prints. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface DigAnswer {
  readonly status: string
  readonly flags: string
  readonly answer: readonly {
    readonly name: string
    readonly ttl: number
    readonly type: string
    readonly value: string
  }[]
  readonly text: string
}

/** `words` as on dig's command line, without the server. */
export async function dig(port: number, ...words: readonly string[]): Promise<DigAnswer> {
  const common = ['@127.0.0.1', '-p', String(port), '+norec', '+time=2', '+tries=1', '+nocookie']
  const { stdout } = await run('dig', [...common, ...words], { timeout: 10_000 })
  const section = /;; ANSWER SECTION:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? ''
  return {
    status: /status: (\w+)/.exec(stdout)?.[1] ?? 'none',
    flags: /flags: ([^;]*);/.exec(stdout)?.[1] ?? '',
    answer: section
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const [name, ttl, , type, ...value] = line.split(/\s+/)
        return { name: name!, ttl: Number(ttl), type: type!, value: value.join(' ') }
      }),
    text: stdout,
  }
}

/** The addresses of an answer, in order. */
export async function addresses(port: number, ...words: readonly string[]): Promise<string[]> {
  return (await dig(port, ...words)).answer.filter(({ type }) => type === 'A').map(({ value }) => value)
}

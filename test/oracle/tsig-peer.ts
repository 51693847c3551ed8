/**
 * A UDP server that answers every signed question with its echo, signed by our code, so that stock clients can judge the
 * signature and we theirs.
 */
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { sessionOf, signNext, signRefusal, type TsigVerdict, verifyRequest } from '../../src/core/wire/tsig.ts'
import type { KeyRing } from '../../src/core/wire/tsig-key.ts'

const run = promisify(execFile)

export interface TsigPeer {
  readonly port: number
  /** What was made of the questions so far. */
  readonly verdicts: readonly TsigVerdict[]
  close(): Promise<void>
}

/** `skewSeconds` moves our clock; `spoil` breaks the signature of what goes back. */
export async function startTsigPeer(keys: KeyRing, skewSeconds = 0, spoil = false): Promise<TsigPeer> {
  const socket = createSocket('udp4')
  const verdicts: TsigVerdict[] = []
  socket.on('message', (query, sender) => {
    const now = Math.floor(Date.now() / 1000) + skewSeconds
    const verdict = verifyRequest(query, keys, now)
    verdicts.push(verdict)
    const length = answer(query, verdict, now)
    if (spoil) out[length - 20]! ^= 1
    socket.send(out.subarray(0, length), sender.port, sender.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    port: socket.address().port,
    verdicts,
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

const out = new Uint8Array(4096)
const qrBit = 0x80
const rcodeNotAuth = 9
const rcodeFormErr = 1

/** The question and nothing else, then the TSIG. */
function answer(query: Uint8Array, verdict: TsigVerdict, now: number): number {
  let end = 12
  while (query[end] !== 0) end += query[end]! + 1
  end += 5
  out.set(query.subarray(0, end))
  out[2] = query[2]! | qrBit
  out.fill(0, 6, 12)
  switch (verdict.kind) {
    case 'verified':
      out[3] = 0
      return signNext(sessionOf(verdict.key, verdict.record), out, end, now)
    case 'refused':
      out[3] = rcodeNotAuth
      return signRefusal(verdict, out, end, now)
    case 'unsigned':
    case 'malformed':
      out[3] = rcodeFormErr
      return end
  }
}

/** What the client printed, with its complaints; `words` as on its command line, without the server. */
export async function askSigned(program: 'dig' | 'kdig', port: number, key: string): Promise<string> {
  const words = ['@127.0.0.1', '-p', String(port), '-y', key, 'www.tsig.test', 'A', '+time=2', '+tries=1', '+noedns']
  const flavour = program === 'dig' ? ['+nocookie'] : ['+retry=0']
  try {
    const { stdout, stderr } = await run(
      program,
      [...words.filter(w => program === 'dig' || w !== '+tries=1'), ...flavour],
      { timeout: 10_000 },
    )
    return stdout + stderr
  } catch (error) {
    // A client that does not believe the answer ends with an exit code.
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}

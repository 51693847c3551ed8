/**
 * Loaded before the program: a sandbox in which recvmmsg is not permitted, for this thread and all that it starts. The
 * filter is a program of four instructions for the kernel (seccomp(2)).
 */
import { isMainThread } from 'node:worker_threads'
import koffi from 'koffi'

const callNumbers: Readonly<Record<string, number>> = { x64: 299, arm64: 243 }
const setNoNewPrivileges = 38
const setSeccomp = 22
const modeFilter = 2
const allow = 0x7fff0000
const notPermitted = 0x00050001

// Threads of the program inherit it.
if (isMainThread) forbid(callNumbers[process.arch] ?? 0)

function forbid(number: number): void {
  const prctl = koffi
    .load(null)
    .func('int prctl(int option, unsigned long a, const void *b, unsigned long c, unsigned long d)')
  const program = Buffer.concat([
    // Load the number of the call; if it is that one, refuse, else allow.
    instruction(0x20, 0, 0, 0),
    instruction(0x15, 0, 1, number),
    instruction(0x06, 0, 0, notPermitted),
    instruction(0x06, 0, 0, allow),
  ])
  const at = Buffer.allocUnsafeSlow(16).fill(0)
  at.writeUInt16LE(program.length / 8)
  const instructions = Buffer.allocUnsafeSlow(program.length)
  program.copy(instructions)
  at.writeBigUInt64LE(koffi.address(instructions), 8)
  const refused = prctl(setNoNewPrivileges, 1, null, 0, 0) !== 0 || prctl(setSeccomp, modeFilter, at, 0, 0) !== 0
  if (refused) throw new Error(`the filter was not taken: errno ${koffi.errno()}`)
}

function instruction(code: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const octets = Buffer.alloc(8)
  octets.writeUInt16LE(code)
  octets[2] = ifTrue
  octets[3] = ifFalse
  octets.writeUInt32LE(value, 4)
  return octets
}

/**
 * Telling the service manager how the server is, by sd_notify(3): each message is one datagram of `NAME=value` lines to
 * a socket that the manager named. Through koffi; without it by the program systemd-notify, whose word counts only
 * where the unit says NotifyAccess=all. Invariant: a manager that cannot be told costs nothing but the message.
 */
import { spawn } from 'node:child_process'
import { type Libc, linux, loadLibc } from '../ffi/libc.ts'
import { writeUnixAddress } from '../ffi/unix-address.ts'

/** Sends one message of `NAME=value` lines. */
export type Notify = (lines: readonly string[]) => void

/** Messages that wait while the manager's queue is full, as at boot, and how often it is tried again. */
const waitingMax = 32
const retryMs = 50
/** Programs under way at once, and how long one may take. */
const programsMax = 4
const programMs = 5_000

/** `socket` is $NOTIFY_SOCKET: a path, or `@` and a name without a file. Null for any other kind (vsock). */
export async function createNotify(socket: string): Promise<Notify | null> {
  const address = writeUnixAddress(socket)
  if (address === null) return null
  const libc = await loadLibc()
  return libc === null ? notifyByProgram(socket) : notifyBySocket(libc, address)
}

function notifyBySocket(libc: Libc, address: Uint8Array): Notify {
  const waiting: Uint8Array[] = []
  let retry: NodeJS.Timeout | null = null
  const drain = (): void => {
    retry = null
    const fd = libc.openSocket(linux.familyUnix, linux.typeDatagram, 0)
    if (fd < 0) return
    while (waiting.length > 0) {
      if (libc.sendTo(fd, waiting[0]!, address) === -linux.errorAgain) {
        retry = setTimeout(drain, retryMs)
        retry.unref()
        break
      }
      waiting.shift()
    }
    libc.close(fd)
  }
  return lines => {
    if (waiting.length === waitingMax) return
    waiting.push(message(lines))
    if (retry === null) drain()
  }
}

/** In memory that V8 does not move. */
function message(lines: readonly string[]): Uint8Array {
  const octets = Buffer.from(lines.map(onOneLine).join('\n'))
  const fixed = Buffer.allocUnsafeSlow(octets.length)
  octets.copy(fixed)
  return fixed
}

function notifyByProgram(socket: string): Notify {
  let running = 0
  return lines => {
    if (running === programsMax) return
    running++
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...lines.map(onOneLine)], {
      stdio: 'ignore',
      env: { NOTIFY_SOCKET: socket, PATH: '/usr/local/bin:/usr/bin:/bin' },
      timeout: programMs,
    })
    let over = false
    const end = (): void => {
      if (over) return
      over = true
      running--
    }
    // Not installed, or no process to be had.
    child.once('error', end)
    child.once('exit', end)
  }
}

/** What a value says must not become another value. */
function onOneLine(line: string): string {
  return line.replaceAll(/[\r\n]+/g, ' ')
}

/** CLOCK_MONOTONIC in microseconds, by which the manager knows which reload is meant. */
export function monotonicMicros(): bigint {
  return process.hrtime.bigint() / 1000n
}

/**
 * Sends messages as octets and says in one line for each answer what came back: `id=0101 NOERROR aa edns qd=1 an=1 …`,
 * `no answer`, `closed`, or `malformed` with the reason.
 */
import { connect } from 'node:net'
import { formatFlags, formatRcode } from '../../tools/conformance/compare.ts'
import { readPacket } from '../../tools/conformance/listed.ts'
import { readMessage } from '../../tools/conformance/message.ts'
import { createUdpLane } from '../../tools/conformance/udp-lane.ts'
import type { How } from './row.ts'

export async function send(port: number, text: string, how: How): Promise<string> {
  const messages = text.split(' / ').map(readPacket)
  if (how !== 'udp') return (await sendTcp(port, messages, how)).join('\n')
  const lane = createUdpLane(4, port)
  try {
    const replies: string[] = []
    for (const message of messages) {
      const reply = await lane.ask(message, true)
      if (reply.kind === 'answer') replies.push(tell(reply.octets))
      else replies.push(reply.kind === 'silence' ? 'no answer' : 'several answers')
    }
    return replies.join('\n')
  } finally {
    lane.close()
  }
}

function tell(octets: Uint8Array): string {
  const id = Buffer.from(octets.subarray(0, 2)).toString('hex')
  try {
    const { flags, opcode, rcode, questions, answer, authority, additional, opt } = readMessage(octets)
    const counts = `qd=${questions} an=${answer.length} ns=${authority.length} ar=${additional.length}`
    const words = formatFlags(flags).replace('qr', '').trim()
    const opcodeWord = opcode === 0 ? '' : ` opcode=${opcode}`
    return `id=${id}${opcodeWord} ${formatRcode(rcode)} ${words} ${opt === null ? '' : 'edns '}${counts}`.replace(
      / +/g,
      ' ',
    )
  } catch (error) {
    return `id=${id} malformed: ${(error as Error).message}`
  }
}

const answerWaitMs = 5_000

/** Ends when there are as many answers as messages, or the connection is closed, or nothing comes any more. */
function sendTcp(port: number, messages: readonly Uint8Array[], how: How): Promise<readonly string[]> {
  const frames = messages.map(message =>
    how === 'tcp-bare' ? message : Uint8Array.from([message.length >>> 8, message.length & 0xff, ...message]),
  )
  const octets = Buffer.concat(frames)
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
  return new Promise((resolve, reject) => {
    const told: string[] = []
    let received = Buffer.alloc(0)
    const end = (last: string | null): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(last === null ? told : [...told, last])
    }
    const timer = setTimeout(() => end('no answer'), answerWaitMs)
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const next = 2 + received.readUInt16BE(0)
        told.push(tell(received.subarray(2, next)))
        received = received.subarray(next)
      }
      if (told.length >= messages.length) end(null)
    })
    socket.once('end', () => end('closed'))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') end('closed')
      else reject(error)
    })
    socket.once('connect', () => {
      if (how !== 'tcp-octets') socket.write(octets)
      else drip(octets, octet => void socket.write(octet))
      if (how === 'tcp-half' || how === 'tcp-bare') socket.end()
    })
  })
}

/** One octet a turn of the event loop, so each is a segment of its own. */
function drip(octets: Uint8Array, write: (octet: Uint8Array) => void, at = 0): void {
  if (at === octets.length) return
  write(octets.subarray(at, at + 1))
  setImmediate(() => drip(octets, write, at + 1))
}

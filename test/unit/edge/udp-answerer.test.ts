import { describe, expect, it } from 'vitest'
import { udpOctetsMax } from '../../../src/core/answer/message.ts'
import type { Respond } from '../../../src/core/ports.ts'
import {
  createDatagramAnswerer,
  type SendDatagram,
  type Sender,
  unsentAnswersMax,
} from '../../../src/edge/transport/udp-dgram.ts'
import { createTally } from '../../contract/transport-peers.ts'

const client: Sender = { address: '127.0.0.1', port: 1000 }
const query = Uint8Array.of(1, 2, 3)

const respond: Respond = (asked, _via, out) => {
  out.set(asked)
  return asked.length
}

/** A send that never ends by itself, as under a full send queue. */
function setStuck() {
  const under: { out: Uint8Array; length: number; to: Sender; sent: (error: Error | null) => void }[] = []
  const send: SendDatagram = (out, length, to, sent) => under.push({ out, length, to, sent })
  const tally = createTally()
  return { under, tally, answerer: createDatagramAnswerer({ respond, counters: tally }, send) }
}

describe('datagram answerer', () => {
  it('sends what respond wrote to whom it came from', () => {
    const { under, answerer } = setStuck()
    answerer.receive(query, client)
    expect(under[0]).toMatchObject({ length: 3, to: client })
    expect(under[0]!.out.subarray(0, 3)).toEqual(Buffer.from(query))
    expect(under[0]!.out.length).toBe(udpOctetsMax)
  })

  it('drops a datagram from port 0 without asking for an answer', () => {
    let asked = 0
    const tally = createTally()
    const ask: Respond = () => ++asked
    const answerer = createDatagramAnswerer({ respond: ask, counters: tally }, () => {})
    answerer.receive(query, { address: '127.0.0.1', port: 0 })
    expect([asked, tally.counts.dropped]).toEqual([0, 1])
  })

  it('never writes into a buffer that is being sent, and drops when none is left', () => {
    const { under, tally, answerer } = setStuck()
    for (let i = 0; i < unsentAnswersMax + 5; i++) answerer.receive(query, client)
    expect(new Set(under.map(one => one.out)).size).toBe(unsentAnswersMax)
    expect(tally.counts.dropped).toBe(5)
    under[0]!.sent(null)
    answerer.receive(query, client)
    expect(under[unsentAnswersMax]!.out).toBe(under[0]!.out)
    expect(tally.counts.dropped).toBe(5)
  })

  it('counts sends that fail and goes on, however they fail', () => {
    const tally = createTally()
    let sends = 0
    const answerer = createDatagramAnswerer({ respond, counters: tally }, (_out, _length, _to, sent) => {
      if (++sends % 2 === 0) throw new Error('not running')
      sent(new Error('EPERM'))
    })
    for (let i = 0; i < 2 * unsentAnswersMax + 2; i++) answerer.receive(query, client)
    expect(tally.counts).toMatchObject({ sendFailed: 2 * unsentAnswersMax + 2, dropped: 0 })
  })

  it('gives the buffer of a silence back', () => {
    const tally = createTally()
    const answerer = createDatagramAnswerer({ respond: () => 0, counters: tally }, () => {})
    for (let i = 0; i < unsentAnswersMax + 1; i++) answerer.receive(query, client)
    expect(tally.counts.dropped).toBe(0)
  })

  it('is idle when the last send has ended, or after the wait', async () => {
    const { under, answerer } = setStuck()
    await answerer.idle(60_000)
    answerer.receive(query, client)
    answerer.receive(query, client)
    let idle = false
    const waiting = answerer.idle(60_000).then(() => {
      idle = true
    })
    under[0]!.sent(null)
    await Promise.resolve()
    expect(idle).toBe(false)
    under[1]!.sent(null)
    await waiting
    answerer.receive(query, client)
    await answerer.idle(1)
  })
})

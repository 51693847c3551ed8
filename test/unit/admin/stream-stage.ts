/**
 * A stream on a real socket with a world that tests change, and watchers that keep what they hear.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import type { RecordedEvent } from '../../../src/core/view/events.ts'
import type { DrawnStatus, StatusView } from '../../../src/core/view/status.ts'
import { createStreams, type Streams, streamLimits } from '../../../src/edge/admin/stream.ts'
import { createTurns } from '../../../src/edge/turns.ts'
import { drawnStatus, statusView } from '../cli/views.ts'

export interface Message {
  readonly event: string
  readonly value: { readonly whole?: boolean; readonly pools?: readonly { ttl: number }[] } & Record<string, unknown>
}

export interface Watcher {
  readonly socket: Socket
  readonly messages: Message[]
  readonly head: () => string
  until(fits: (message: Message) => boolean): Promise<Message>
  readonly closed: Promise<void>
}

/** What a test opened. */
export const open: (() => Promise<void> | void)[] = []

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close()
}

/** Far more than there is time for in one turn. */
const stepsMax = 5_000_000

export function createWorld() {
  const ears = new Set<(recorded: RecordedEvent) => void>()
  const world = {
    view: statusView(),
    looks: 0,
    broken: false,
    /** A drawing goes on until this says that it may end. */
    mayEnd: (): boolean => true,
    begunAt: Math.floor(Date.now() / 100) * 100,
    events: [] as RecordedEvent[],
  }
  return {
    world,
    ears,
    tell: (at: number) => {
      const recorded: RecordedEvent = { at, event: { kind: 'check-mended', protocol: 'ICMP' } }
      for (const ear of ears) ear(recorded)
    },
    sources: {
      statusInSteps: function* (): Generator<void, DrawnStatus> {
        world.looks++
        for (let steps = 0; !world.mayEnd(); steps++) {
          if (steps > stepsMax) throw new Error('nobody else had a turn')
          yield
        }
        if (world.broken) throw new Error('drawn wrong')
        const at = Date.now()
        return drawnStatus(aged(world.view, at - world.begunAt), at)
      },
      events: () => world.events,
      follow: (ear: (recorded: RecordedEvent) => void) => {
        ears.add(ear)
        return () => void ears.delete(ear)
      },
    },
  }
}

/** The same picture `ms` later, if nothing happened in between. */
function aged(view: StatusView, ms: number): StatusView {
  const pools = view.pools.map(pool => ({
    ...pool,
    members: pool.members.map(member => ({
      ...member,
      checks: member.checks.map(check => ({
        ...check,
        sinceMs: check.sinceMs + ms,
        lastAgoMs: check.lastAgoMs === null ? null : check.lastAgoMs + ms,
      })),
    })),
  }))
  return { ...view, pools }
}

export type World = ReturnType<typeof createWorld>

/** A bare server, so that the limits of streams are the only ones. */
export async function serve(world: World, limits: Partial<Record<keyof typeof streamLimits, number>> = {}) {
  const streams: Streams = createStreams(world.sources, createTurns(), {
    ...streamLimits,
    lookMs: 10,
    ...limits,
  })
  const server: Server = createServer((_, response) => {
    void streams.open(response, { 'content-type': 'text/event-stream' }).then(
      opened => opened || response.writeHead(503).end(),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    streams.close()
    server.closeAllConnections()
    server.close()
  })
  return { streams, port: (server.address() as AddressInfo).port }
}

export function watch(port: number, path = '/'): Watcher {
  const messages: Message[] = []
  const waiting = new Set<() => void>()
  let head = ''
  let rest = ''
  const socket = connect(port, '127.0.0.1')
  open.push(() => void socket.destroy())
  socket.setEncoding('utf8').on('data', (piece: string) => {
    rest += piece
    if (head === '') head = rest.split('\r\n\r\n')[0]!
    const end = rest.lastIndexOf('\n\n') + 2
    if (end < 2) return
    messages.push(...readMessages(rest.slice(0, end)))
    rest = rest.slice(end)
    for (const look of [...waiting]) look()
  })
  const closed = new Promise<void>(resolve => socket.on('error', () => undefined).once('close', () => resolve()))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const until = (fits: (message: Message) => boolean): Promise<Message> =>
    new Promise(resolve => {
      const look = (): void => {
        const found = messages.find(fits)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { socket, messages, head: () => head.toLowerCase(), until, closed }
}

/** Events in a body of chunks; the sizes of the chunks lie on lines of their own, which no field name fits. */
function readMessages(text: string): readonly Message[] {
  const found = text.matchAll(/event: (\w+)\ndata: ([^\n]*)\n\n/g)
  return [...found].map(([, event, value]) => ({ event: event!, value: JSON.parse(value!) as Message['value'] }))
}

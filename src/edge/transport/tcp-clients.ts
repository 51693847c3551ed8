/**
 * The connections of one TCP listener: many queries on each, answered in the order they came (RFC 7766 sections 5-8).
 * Invariants: a client costs bounded memory and time whatever it does or leaves undone; a new client is never turned
 * away, the one idle longest makes room; what a client does wrong ends that client alone; no error escapes.
 * `respond` is synchronous, so one out-buffer serves all clients and answers keep their order by themselves.
 *
 * An answer of many messages is pulled one a turn; what the client asked behind it waits until it is over.
 *
 *   reading --- turn over, feed, or answers unsent beyond the limit ---> held
 *      ^------- octets that waited here are used up -----------------'
 *   either ---- bad frame, deadline, eviction, listener closes ---> leaving
 */
import type { Socket } from 'node:net'
import type { Millis } from '../../core/base/units.ts'
import { createClient, readClient } from '../../core/guard/address.ts'
import type { Clock, Feed, Client as Peer, Respond, TakeFeed, TransportCounters } from '../../core/ports.ts'
import { createFraming, type Frame, type Framing } from './framing.ts'
import { answerOctetsMax, type TcpLimits } from './tcp-limits.ts'

export interface Clients {
  admit(socket: Socket): void
  /** Ends every client whose time is up. */
  sweep(nowMs: Millis): void
  /** Takes up no more; each connection closes once its answers are out. */
  dismiss(): void
  /** Closes what is left at once. */
  cutOff(): void
}

interface Crowd {
  readonly clock: Clock
  readonly respond: Respond
  readonly takeFeed: TakeFeed
  readonly counters: TransportCounters
  readonly limits: TcpLimits
  /** In the order of their last activity, the longest idle first. */
  readonly clients: Set<Client>
  readonly out: Uint8Array
}

interface Client {
  readonly socket: Socket
  readonly peer: Peer
  readonly address: string
  readonly framing: Framing
  /** Runs `takeUp` for this client; made once, since setImmediate would else need a closure each time. */
  readonly goOn: () => void
  /** When the last whole query was taken up, or waiting answers went out. */
  activeMs: Millis
  /** When the query that is arriving now began, or null between queries and while held. */
  messageSinceMs: Millis | null
  state: 'reading' | 'held' | 'leaving'
  /** The rest of an answer of many messages, and when it began. */
  feed: Feed | null
  feedSinceMs: number
  /** The client has sent its FIN: what it asked before is still answered (RFC 7766 section 6.2.4). */
  finished: boolean
}

export function createClients(
  deps: Pick<Crowd, 'clock' | 'respond' | 'takeFeed' | 'counters'>,
  limits: TcpLimits,
): Clients {
  const clients = new Set<Client>()
  const crowd: Crowd = { ...deps, limits, clients, out: new Uint8Array(answerOctetsMax) }
  return {
    admit: socket => admit(crowd, socket),
    sweep: nowMs => {
      for (const client of clients) if (nowMs >= deadlineOf(client, limits)) evict(crowd, client)
    },
    dismiss: () => {
      for (const client of clients) leave(client)
    },
    cutOff: () => {
      for (const client of clients) client.socket.destroy()
    },
  }
}

function admit(crowd: Crowd, socket: Socket): void {
  const { clients, counters, limits } = crowd
  const address = socket.remoteAddress ?? ''
  makeRoomBeside(crowd, address)
  for (const longestIdle of clients) {
    if (clients.size < limits.clientsMax) break
    evict(crowd, longestIdle)
  }
  const peer = createClient()
  readClient(peer, address, socket.remotePort ?? 0)
  const client: Client = {
    socket,
    peer,
    address,
    framing: createFraming(),
    goOn: () => takeUp(crowd, client),
    activeMs: crowd.clock.now(),
    messageSinceMs: null,
    state: 'reading',
    feed: null,
    feedSinceMs: 0,
    finished: false,
  }
  clients.add(client)
  counters.tcpOpened()
  socket.on('data', (chunk: Uint8Array) => {
    if (client.state === 'leaving') return
    client.framing.feed(chunk)
    takeUp(crowd, client)
  })
  socket.on('drain', () => {
    if (client.state !== 'held') return
    markActive(crowd, client)
    // Not at once: while the kernel takes all we write, this client would keep the others waiting.
    setImmediate(client.goOn)
  })
  // While held, the end is noticed before the queries are used up; `takeUp` then closes our side.
  socket.on('end', () => {
    client.finished = true
    if (client.state === 'reading') socket.end()
  })
  // A reset or a broken pipe; Node destroys the socket itself and `close` follows.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall === 'write') counters.sendFailed()
  })
  socket.on('close', () => {
    client.state = 'leaving'
    endFeed(client)
    clients.delete(client)
    counters.tcpClosed()
  })
}

/** One address must not push out all others: at its own limit it pushes out itself. */
function makeRoomBeside(crowd: Crowd, address: string): void {
  const own = [...crowd.clients].filter(client => client.address === address)
  for (const client of own.slice(0, Math.max(0, own.length + 1 - crowd.limits.perAddressMax))) evict(crowd, client)
}

/** Goes on with a client until its octets are used up, it must read first, or its turn is over. */
function takeUp(crowd: Crowd, client: Client): void {
  const { socket, framing } = client
  if (client.state === 'leaving' || socket.destroyed) return
  if (client.feed !== null) {
    feedOn(crowd, client, client.feed)
    return
  }
  const stop = answerTurn(crowd, client)
  switch (stop) {
    case 'turn-over':
      hold(client)
      setImmediate(client.goOn)
      return
    case 'full':
      // The socket's `drain` goes on.
      hold(client)
      return
    case 'incomplete':
      if (framing.partial()) client.messageSinceMs ??= crowd.clock.now()
      if (client.finished) socket.end()
      if (client.state === 'held') {
        client.state = 'reading'
        socket.resume()
      }
      return
    case 'oversize':
      crowd.counters.tcpEvicted()
      leave(client)
      return
    case 'empty':
      crowd.counters.dropped()
      leave(client)
  }
}

/** One message of the feed a turn, so that the others have theirs. */
function feedOn(crowd: Crowd, client: Client, feed: Feed): void {
  const { socket } = client
  const octets = feed.next(crowd.out)
  if (octets < 0) {
    endFeed(client)
    client.state = 'leaving'
    socket.destroy()
    return
  }
  if (octets === 0) endFeed(client)
  else markActive(crowd, client)
  // Without room, the socket's `drain` goes on.
  if (octets === 0 || socket.write(toFrame(crowd.out, octets))) setImmediate(client.goOn)
}

/** Closes the client's feed, be it over or not. */
function endFeed(client: Client): void {
  const { feed } = client
  client.feed = null
  feed?.close()
}

/** Answers what has arrived, up to one turn's worth, and says why it stopped. One write to the kernel in all. */
function answerTurn(crowd: Crowd, client: Client): Exclude<Frame, Uint8Array> | 'turn-over' | 'full' {
  const { respond, takeFeed, limits, out } = crowd
  const { socket, framing } = client
  let taken = 0
  let room = true
  let frame = framing.next()
  socket.cork()
  while (typeof frame !== 'string') {
    taken++
    const length = respond(frame, 'tcp', out, client.peer)
    if (length !== 0) room = socket.write(toFrame(out, Math.abs(length)))
    if (length < 0) {
      client.feed = takeFeed()
      client.feedSinceMs = crowd.clock.now()
    }
    if (!room || length < 0 || taken === limits.inFlightMax) break
    frame = framing.next()
  }
  socket.uncork()
  if (taken > 0) {
    markActive(crowd, client)
    client.messageSinceMs = null
  }
  if (typeof frame === 'string') return frame
  return room ? 'turn-over' : 'full'
}

function hold(client: Client): void {
  client.state = 'held'
  client.messageSinceMs = null
  client.socket.pause()
}

/** Input is read on and thrown away meanwhile: closing with octets unread would reset what we are still sending. */
function leave(client: Client): void {
  client.state = 'leaving'
  endFeed(client)
  client.socket.resume()
  client.socket.destroySoon()
}

function evict(crowd: Crowd, client: Client): void {
  crowd.counters.tcpEvicted()
  crowd.clients.delete(client)
  client.state = 'leaving'
  endFeed(client)
  client.socket.destroy()
}

function markActive(crowd: Crowd, client: Client): void {
  client.activeMs = crowd.clock.now()
  if (crowd.clients.delete(client)) crowd.clients.add(client)
}

/** A query under way has its own deadline, so that a client idle for nine seconds may still send one slowly. */
function deadlineOf(client: Client, limits: TcpLimits): number {
  if (client.feed !== null) return Math.min(client.activeMs + limits.idleMs, client.feedSinceMs + limits.feedMs)
  if (client.messageSinceMs === null) return client.activeMs + limits.idleMs
  return client.messageSinceMs + limits.messageMs
}

/** Length and message in one piece: two pieces could become two segments (RFC 7766 section 8). */
function toFrame(message: Uint8Array, length: number): Buffer {
  const frame = Buffer.allocUnsafe(2 + length)
  frame[0] = length >>> 8
  frame[1] = length
  frame.set(message.subarray(0, length), 2)
  return frame
}

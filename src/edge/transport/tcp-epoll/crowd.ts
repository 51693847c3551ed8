/**
 * The connections that a TCP thread has, in the order of their last activity: who is let in, who makes room, whose time
 * is up. What passes over a connection is in stream.ts.
 * Invariants: every descriptor that is open stands in `descriptors`, so that control can close what a lost thread
 * leaves behind; a place is free again as soon as its descriptor is closed.
 */
import type { Millis } from '../../../core/base/units.ts'
import { createClient, type Client as Peer } from '../../../core/guard/address.ts'
import type { Feed, TransportCounters } from '../../../core/ports.ts'
import type { StreamCalls } from '../../ffi/streams.ts'
import type { TcpLimits } from '../tcp-limits.ts'

export interface Client {
  readonly slot: number
  readonly peer: Peer
  fd: number
  /**
   * reading: its queries are answered as they come. waiting: its turn is over, others come first. full: the kernel
   * takes no more answers for now. leaving: its end is sent, or will be behind the last answer.
   */
  state: 'free' | 'reading' | 'waiting' | 'full' | 'leaving'
  /** When the last whole query was taken up, or waiting answers went out, or leaving began. */
  activeMs: number
  /** When the query that is arriving now began, or null between queries and while nothing is read. */
  messageSinceMs: number | null
  /** Octets that were read and not taken up: the beginning of a query, or all that lies beyond a turn. */
  pending: Uint8Array | null
  /** Answers that the kernel has not taken. */
  unsent: Uint8Array | null
  /** The rest of an answer of many messages, and when it began; what was asked behind it waits. */
  feed: Feed | null
  feedSinceMs: number
  /** Neighbours in the order of activity. */
  before: Client | null
  after: Client | null
}

export interface Crowd {
  readonly clients: readonly Client[]
  /** A place for a new connection of this peer; whoever must go for it is gone. */
  admit(fd: number, peer: Peer, nowMs: Millis): Client
  markActive(client: Client, nowMs: Millis): void
  /** Ends a client by one of our limits. */
  evict(client: Client): void
  /** Closes a connection. */
  drop(client: Client): void
  /** Evicts everybody whose time is up. */
  sweep(nowMs: Millis): void
  size(): number
}

export interface CrowdDeps {
  readonly calls: Pick<StreamCalls, 'close'>
  readonly counters: TransportCounters
  readonly limits: TcpLimits
  readonly descriptors: Int32Array
}

/** How long a client that is sent away may take to close its side; closing ours at once could cost it its answers. */
const lingerMs = 2000

/** Where a descriptor stands in `descriptors`, as its number plus one; the first is the epoll instance's. */
export const descriptorsBefore = 1

/** Closes what a thread has left open that ended without doing so. */
export function closeLeftovers(calls: Pick<StreamCalls, 'close'>, descriptors: Int32Array): void {
  for (let i = 0; i < descriptors.length; i++) {
    if (descriptors[i]! > 0) calls.close(descriptors[i]! - 1)
    descriptors[i] = 0
  }
}

/** A crowd and what only this file may touch of it. */
interface Places extends CrowdDeps {
  readonly clients: readonly Client[]
  readonly free: number[]
  readonly order: Order
}

export function createCrowd(deps: CrowdDeps): Crowd {
  const clients = Array.from({ length: deps.limits.clientsMax }, (_, slot) => createPlace(slot))
  const free = clients.map(({ slot }) => slot).reverse()
  const order = createOrder()
  const places: Places = { ...deps, clients, free, order }
  return {
    clients,
    admit: (fd, peer, nowMs) => {
      makeRoom(places, peer)
      return settleIn(places, clients[free.pop()!]!, fd, peer, nowMs)
    },
    markActive: (client, nowMs) => {
      client.activeMs = nowMs
      order.remove(client)
      order.append(client)
    },
    evict: client => evict(places, client),
    drop: client => drop(places, client),
    sweep: nowMs => {
      for (const client of clients) {
        if (client.state === 'free' || nowMs < deadlineOf(client, deps.limits)) continue
        if (client.state === 'leaving') drop(places, client)
        else evict(places, client)
      }
    },
    size: () => clients.length - free.length,
  }
}

/** One address must not push out all others: at its own limit it pushes out itself. */
function makeRoom(places: Places, peer: Peer): void {
  const { free, order, limits } = places
  let own = 0
  for (let client = order.first(); client !== null; client = client.after) if (isSame(client.peer, peer)) own++
  for (let client = order.first(); client !== null && own >= limits.perAddressMax; ) {
    const { after } = client
    if (isSame(client.peer, peer)) {
      evict(places, client)
      own--
    }
    client = after
  }
  if (free.length === 0) evict(places, order.first()!)
}

function settleIn(
  { descriptors, order, counters }: Places,
  client: Client,
  fd: number,
  peer: Peer,
  nowMs: number,
): Client {
  client.fd = fd
  client.peer.octets.set(peer.octets)
  client.peer.length = peer.length
  client.peer.port = peer.port
  client.state = 'reading'
  client.activeMs = nowMs
  client.messageSinceMs = null
  descriptors[descriptorsBefore + client.slot] = fd + 1
  order.append(client)
  counters.tcpOpened()
  return client
}

function evict(places: Places, client: Client): void {
  places.counters.tcpEvicted()
  drop(places, client)
}

function drop({ calls, counters, descriptors, free, order }: Places, client: Client): void {
  if (client.state === 'free') return
  order.remove(client)
  descriptors[descriptorsBefore + client.slot] = 0
  calls.close(client.fd)
  client.state = 'free'
  client.pending = null
  client.unsent = null
  endFeed(client)
  free.push(client.slot)
  counters.tcpClosed()
}

/** Closes the client's feed, be it over or not. */
export function endFeed(client: Client): void {
  const { feed } = client
  client.feed = null
  feed?.close()
}

/** A query under way has its own deadline, so that a client idle for nine seconds may still send one slowly. */
function deadlineOf(client: Client, limits: TcpLimits): number {
  if (client.state === 'leaving') return client.activeMs + lingerMs
  if (client.feed !== null) return Math.min(client.activeMs + limits.idleMs, client.feedSinceMs + limits.feedMs)
  if (client.messageSinceMs === null) return client.activeMs + limits.idleMs
  return client.messageSinceMs + limits.messageMs
}

function isSame(one: Peer, other: Peer): boolean {
  if (one.length !== other.length) return false
  for (let i = one.length - 1; i >= 0; i--) if (one.octets[i] !== other.octets[i]) return false
  return true
}

function createPlace(slot: number): Client {
  return {
    slot,
    peer: createClient(),
    fd: -1,
    state: 'free',
    activeMs: 0,
    messageSinceMs: null,
    pending: null,
    unsent: null,
    feed: null,
    feedSinceMs: 0,
    before: null,
    after: null,
  }
}

interface Order {
  readonly first: () => Client | null
  readonly append: (client: Client) => void
  readonly remove: (client: Client) => void
}

/** A chain through the clients themselves, the longest idle first: moving one to the end costs no memory. */
function createOrder(): Order {
  let first: Client | null = null
  let last: Client | null = null
  return {
    first: () => first,
    append: (client: Client): void => {
      client.before = last
      client.after = null
      if (last === null) first = client
      else last.after = client
      last = client
    },
    remove: (client: Client): void => {
      if (client.before === null) first = client.after
      else client.before.after = client.after
      if (client.after === null) last = client.before
      else client.after.before = client.before
      client.before = null
      client.after = null
    },
  }
}

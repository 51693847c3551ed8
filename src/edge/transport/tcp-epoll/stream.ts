/**
 * What passes over one connection: octets in, queries answered in the order they came, frames out (RFC 7766 sections
 * 5-8). One read and one write a turn, however many queries lie between.
 * An answer of many messages is pulled one a turn; what the client asked behind it waits until it is over.
 * Invariants: a client costs bounded memory and time whatever it does or leaves undone; what it does wrong ends it
 * alone; nothing throws out of here.
 *
 *   reading --- turn over ---> waiting --- used up, feed over ---> reading
 *      '------- kernel takes no more ---> full --- answers out ---> waiting
 *   any ------- bad frame, the listener closes ---> leaving --- deadline, end of its stream ---> free
 */
import type { Clock, Feed, TakeFeed, TransportCounters } from '../../../core/ports.ts'
import { linux } from '../../ffi/libc.ts'
import { epollEvents, type StreamCalls } from '../../ffi/streams.ts'
import { inputOctetsMax } from './arena.ts'
import { type Client, type Crowd, endFeed } from './crowd.ts'
import { createFrameTaker, type FrameDeps, type FrameTaker, type Stop } from './frames.ts'

export interface StreamDeps extends FrameDeps {
  readonly calls: StreamCalls
  readonly crowd: Crowd
  readonly clock: Clock
  readonly counters: TransportCounters
  readonly takeFeed: TakeFeed
  /** Tells the kernel what to wait for on this connection. */
  readonly want: (client: Client, events: number) => void
  /** The client comes up again, after the others. */
  readonly queue: (client: Client) => void
}

export interface Streams {
  /** Something happened on the connection. */
  serve(client: Client): void
  /** The turn of a client that waits. */
  goOn(client: Client): void
  /** Ends a client once its answers are out. For when all are to go: from the first call on nobody is lingered for. */
  dismiss(client: Client): void
}

interface Work extends StreamDeps {
  readonly frames: FrameTaker
  dismissing: boolean
}

/** Reads thrown away at once before a connection is closed: closing with octets unread would reset what we sent. */
const discardsMax = 16

export function createStreams(deps: StreamDeps): Streams {
  const work: Work = { ...deps, frames: createFrameTaker(deps), dismissing: false }
  return {
    serve: client => serve(work, client),
    goOn: client => {
      if (client.state !== 'waiting') return
      if (client.feed === null) takeUp(work, client, restore(work, client))
      else feedOn(work, client, client.feed)
    },
    dismiss: client => {
      work.dismissing = true
      if (client.state === 'free') return
      if (client.state !== 'leaving') leave(work, client)
      else if (client.unsent === null) finish(work, client)
    },
  }
}

function serve(work: Work, client: Client): void {
  switch (client.state) {
    case 'reading':
      readSome(work, client)
      return
    case 'full':
      if (!flush(work, client)) return
      work.want(client, epollEvents.readable)
      // Not at once: while the kernel takes all we write, this client would keep the others waiting.
      queue(work, client)
      return
    case 'leaving':
      if (client.unsent === null) {
        if (discard(work, client) === 'over') work.crowd.drop(client)
      } else if (flush(work, client)) {
        finish(work, client)
      }
      return
    case 'waiting':
    case 'free':
  }
}

function readSome(work: Work, client: Client): void {
  const { calls, arena, crowd } = work
  const kept = restore(work, client)
  const result = calls.receive(client.fd, arena.input.address + kept, inputOctetsMax - kept)
  if (result > 0) takeUp(work, client, kept + result)
  // The end of its stream, when all it asked is answered and half a query is none; or a reset.
  else if (result === 0 || !isPassing(result)) crowd.drop(client)
}

/** Puts what was kept into the input again; returns how much. It stays kept until `takeUp` has seen it. */
function restore({ arena }: Work, { pending }: Client): number {
  if (pending === null) return 0
  arena.octets.set(pending, arena.input.at)
  return pending.length
}

function takeUp(work: Work, client: Client, filled: number): void {
  const { arena, crowd, clock, frames, takeFeed } = work
  const stop = frames.take(client, filled)
  if (stop === 'feed') {
    client.feed = takeFeed()
    client.feedSinceMs = clock.now()
  }
  const { used, taken, written } = frames
  client.pending = used === filled ? null : arena.octets.slice(arena.input.at + used, arena.input.at + filled)
  if (taken > 0) {
    crowd.markActive(client, clock.now())
    client.messageSinceMs = null
  }
  if (written > 0 && !send(work, client, written)) return
  settle(work, client, stop)
}

/** One message of the feed a turn, so that the others have theirs. */
function feedOn(work: Work, client: Client, feed: Feed): void {
  const { clock, crowd, frames, want } = work
  const octets = frames.pull(feed)
  if (octets < 0) {
    crowd.drop(client)
    return
  }
  if (octets === 0) endFeed(client)
  else {
    crowd.markActive(client, clock.now())
    if (!send(work, client, octets)) return
  }
  if (client.unsent === null) {
    queue(work, client)
    return
  }
  client.state = 'full'
  want(client, epollEvents.writable)
}

function settle(work: Work, client: Client, stop: Stop): void {
  const { clock, counters, want } = work
  switch (stop) {
    case 'empty':
      counters.dropped()
      leave(work, client)
      return
    case 'oversize':
      counters.tcpEvicted()
      leave(work, client)
      return
    case 'used-up':
    case 'turn-over':
    case 'feed':
      if (client.unsent !== null) {
        client.state = 'full'
        client.messageSinceMs = null
        want(client, epollEvents.writable)
      } else if (stop !== 'used-up') {
        queue(work, client)
      } else {
        client.state = 'reading'
        if (client.pending !== null) client.messageSinceMs ??= clock.now()
      }
  }
}

function queue(work: Work, client: Client): void {
  client.state = 'waiting'
  work.queue(client)
}

/** Sends the first octets of the output and keeps what the kernel does not take. False if the connection is gone. */
function send({ calls, arena, crowd, counters }: Work, client: Client, length: number): boolean {
  const { octets, output } = arena
  const result = calls.send(client.fd, output.address, length)
  if (result < 0 && !isPassing(result)) {
    counters.sendFailed()
    crowd.drop(client)
    return false
  }
  const sent = Math.max(0, result)
  client.unsent = sent === length ? null : octets.slice(output.at + sent, output.at + length)
  return true
}

/** Sends what waits. True once it is out. */
function flush(work: Work, client: Client): boolean {
  const { arena, crowd, clock } = work
  const before = client.unsent
  if (before === null) return true
  arena.octets.set(before, arena.output.at)
  if (!send(work, client, before.length)) return false
  const after: Uint8Array | null = client.unsent
  // Who is leaving gains no time by reading slowly.
  if (client.state !== 'leaving' && after?.length !== before.length) crowd.markActive(client, clock.now())
  return after === null
}

function leave(work: Work, client: Client): void {
  client.state = 'leaving'
  client.pending = null
  endFeed(client)
  client.messageSinceMs = null
  client.activeMs = work.clock.now()
  if (client.unsent === null) finish(work, client)
  else work.want(client, epollEvents.writable)
}

/** All is sent: our end goes out, and the client has time to send its own, unless all are to go. */
function finish(work: Work, client: Client): void {
  const { calls, crowd, want } = work
  if (work.dismissing) {
    for (let i = 0; i < discardsMax && discard(work, client) === 'some'; i++);
    crowd.drop(client)
    return
  }
  calls.finish(client.fd)
  want(client, epollEvents.readable)
}

/** Reads on and throws away. */
function discard({ calls, arena }: Work, client: Client): 'some' | 'none' | 'over' {
  const result = calls.receive(client.fd, arena.input.address, inputOctetsMax)
  if (result > 0) return 'some'
  return result < 0 && isPassing(result) ? 'none' : 'over'
}

/** Nothing is there, or a signal cut the call short: not the connection's fault. */
function isPassing(result: number): boolean {
  return result === -linux.errorAgain || result === -linux.errorInterrupted
}

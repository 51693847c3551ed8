/**
 * Tells secondaries of new versions (NOTIFY, RFC 1996) over UDP. When and whom is core's to say (core/transfer/
 * notifying); here are the sockets, one a family and source address, opened for a burst on a port that the system draws
 * and closed when all is answered or given up, and the signatures (RFC 8945).
 * Invariant: an answer counts only if it comes from where the request went, with its ID and its question, and signed
 * if the request was. What waits for an answer is bounded, and so is what goes out at once.
 */
import { randomInt } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { readAddress } from '../core/guard/address.ts'
import { type Name, nameKey } from '../core/name/name.ts'
import type { Clock } from '../core/ports.ts'
import { judgeNotifyAnswer, notifyOctetsMax, writeNotify } from '../core/transfer/notify-message.ts'
import {
  acknowledge,
  announce,
  createNotifying,
  type Errand,
  holdBack,
  type NotifyPlace,
  type NotifyTurn,
  nextNotifyMs,
  noteFault,
  noteRefusal,
  release,
  setPlaces,
  takeNotifies,
} from '../core/transfer/notifying.ts'
import { signRequest, type TsigSession, verifyResponse } from '../core/wire/tsig.ts'
import type { TsigKey } from '../core/wire/tsig-key.ts'

/** A secondary that is told, with which key, and from which address of ours, of the same family. */
export interface Notified extends NotifyPlace {
  readonly key: TsigKey | null
  /** Null: the system's choice. */
  readonly source: string | null
}

export interface NotifierDeps {
  readonly clock: Clock
  readonly onTurn: (turn: NotifyTurn) => void
}

export interface Notifier {
  /** Whom to tell of a zone from now on; nobody: the zone is forgotten. */
  setPlaces(apex: Name, places: readonly Notified[]): void
  /** The zone is new, and known from these catalogs: those who are told of them hear of it later. */
  holdBack(apex: Name, catalogs: readonly Name[]): void
  /** Somebody at that address has taken the zone. */
  taken(apex: Name, address: string): void
  /** There is a version; `soa` is its flat record. */
  announce(apex: Name, serial: number, soa: Uint8Array): void
  /** By the key of the zone's name, what is known of those that are told of it. */
  errandsOf(apex: Name): readonly Errand[]
  close(): void
}

/** Requests that go out in one turn, and the pause until the next: a thousand zones take a second. */
const sendsPerTurn = 50
const turnPauseMs = 50

interface Sent {
  readonly key: string
  readonly id: number
  readonly apex: Name
  readonly serial: number
  readonly place: Notified
  readonly socket: Socket
  readonly session: TsigSession | null
}

export function createNotifier({ clock, onTurn }: NotifierDeps): Notifier {
  const state = createNotifying<Notified>()
  const zones = new Map<string, { readonly apex: Name; soa: Uint8Array }>()
  /** By errand, the newest request that may be answered. */
  const sent = new Map<string, Sent>()
  /** By family and source. */
  const sockets = new Map<string, Socket>()
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  const hear = (message: Uint8Array, from: RemoteInfo): void => {
    if (message.length < 2) return
    const id = (message[0]! << 8) | message[1]!
    for (const request of sent.values()) {
      if (request.id === id && isFrom(request.place, from)) take(request, message)
    }
  }
  const take = ({ key, id, apex, serial, session }: Sent, message: Uint8Array): void => {
    const answer = judgeNotifyAnswer(message, id, apex)
    if (answer === 'foreign') return
    if (session !== null && verifyResponse({ ...session }, message, [], secondsOf(clock)) !== 'verified') {
      noteFault(state, key, 'bad-signature')
      return
    }
    sent.delete(key)
    if (answer === 'acknowledged') acknowledge(state, key, serial, clock.now(), onTurn)
    else noteRefusal(state, key, onTurn)
    arm()
  }
  const socketFor = ({ host, source }: Notified): Socket => {
    const type = host.includes(':') ? 'udp6' : 'udp4'
    const way = `${type} ${source ?? ''}`
    const open = sockets.get(way)
    if (open !== undefined) return open
    const socket = createSocket(type, hear)
    // An error of one send is told to that send; of the socket itself, the next message has another.
    socket.on('error', error => {
      const fault = 'syscall' in error && error.syscall === 'bind' && source !== null ? 'no-source' : 'not-sent'
      for (const [key, request] of sent) if (request.socket === socket) noteFault(state, key, fault)
      drop(way, socket)
    })
    socket.unref()
    sockets.set(way, socket)
    if (source !== null) socket.bind({ address: source, exclusive: true })
    return socket
  }
  const drop = (way: string, socket: Socket): void => {
    if (sockets.get(way) !== socket) return
    sockets.delete(way)
    socket.close()
  }
  const send = (key: string, { zone, place }: Errand<Notified>, serial: number): void => {
    const { apex, soa } = zones.get(zone)!
    const out = new Uint8Array(notifyOctetsMax)
    const id = randomInt(0x1_0000)
    const length = writeNotify(out, id, apex, soa)
    const signed = place.key === null ? null : signRequest(place.key, out, length, secondsOf(clock))
    const socket = socketFor(place)
    sent.set(key, { key, id, apex, serial, place, socket, session: signed?.session ?? null })
    socket.send(out, 0, signed?.length ?? length, place.port, place.host, error => {
      if (error !== null) noteFault(state, key, 'not-sent')
    })
  }
  const work = (): void => {
    timer = null
    for (const { key, errand, serial } of takeNotifies(state, clock.now(), sendsPerTurn, onTurn))
      send(key, errand, serial)
    arm()
  }
  const arm = (): void => {
    if (isClosed) return
    const nextMs = nextNotifyMs(state)
    if (nextMs === null) {
      rest()
      return
    }
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(work, Math.max(turnPauseMs, nextMs - clock.now()))
    timer.unref()
  }
  /** All is answered or given up. */
  const rest = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    sent.clear()
    for (const [way, socket] of sockets) drop(way, socket)
  }
  return {
    setPlaces: (apex, places) => {
      setPlaces(state, nameKey(apex), places)
      if (places.length === 0) zones.delete(nameKey(apex))
      for (const [key] of sent) if (!state.errands.has(key)) sent.delete(key)
    },
    holdBack: (apex, catalogs) => holdBack(state, nameKey(apex), catalogs.map(nameKey), clock.now()),
    taken: (apex, address) => {
      release(state, nameKey(apex), address, clock.now())
      arm()
    },
    announce: (apex, serial, soa) => {
      const zone = nameKey(apex)
      if (!state.keysOfZone.has(zone)) return
      zones.set(zone, { apex, soa })
      announce(state, zone, serial, clock.now())
      arm()
    },
    errandsOf: apex => (state.keysOfZone.get(nameKey(apex)) ?? []).map(key => state.errands.get(key)!),
    close: () => {
      isClosed = true
      rest()
    },
  }
}

function secondsOf(clock: Clock): number {
  return Math.floor(clock.wall() / 1000)
}

const mine = new Uint8Array(16)
const theirs = new Uint8Array(16)

function isFrom({ host, port }: NotifyPlace, from: RemoteInfo): boolean {
  if (from.port !== port) return false
  const length = readAddress(host, mine)
  if (length === 0 || readAddress(from.address, theirs) !== length) return false
  return mine.subarray(0, length).every((octet, i) => octet === theirs[i])
}

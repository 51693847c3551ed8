/**
 * TCP connections of probes straight from the kernel: most of what a probe by node:net costs is node:net. An epoll
 * instance holds all of them, Node's event loop waits for it, and one look serves whatever came. While many are being
 * opened at once, what has come is looked at in between, so that those opened first are not timed by those opened last.
 *
 * Invariants: a listener is never called from inside `open` of its own line but for an error, and not after `close`;
 * an event of a line that is closed reaches nobody, even if another has its slot; each line is told of the end of one
 * descriptor, and closing sends a reset, because thousands of orderly closes a second would fill the port range with
 * TIME_WAIT.
 */
import { readAddress } from '../../../core/guard/address.ts'
import type { ConnectCalls } from '../../ffi/connects.ts'
import { linux } from '../../ffi/libc.ts'
import { writeSocketAddress } from '../../ffi/sockaddr.ts'
import { epollEvents, epollEventWords, epollMarkWord, epollOperations } from '../../ffi/streams.ts'
import { errnoName } from '../icmp/errno.ts'
import { eventsMax, inputOctetsMax, nameOctetsMax, outputOctetsMax, type Places } from './places.ts'

export interface LineListener {
  /** Connected: may be sent to. */
  onOpen(): void
  /** The first `octets` of a piece, which is valid until this returns. */
  onOctets(piece: Buffer, octets: number): void
  /** The other side will send no more. */
  onEnd(): void
  /** The system's code; the line is of no more use, and its owner closes it. */
  onError(code: string): void
}

/** One connection. Only this file writes it. */
export interface Line {
  /** Negative once it is closed. */
  fd: number
  readonly slot: number
  readonly address: string
  readonly port: number
  readonly listener: LineListener
  isOpen: boolean
  /** What the kernel had no room for yet. */
  unsent: Buffer | null
}

export interface Lines {
  /** Begins to connect; null if there is no room for one more. `source` is a local address, or null. */
  open(address: string, port: number, source: string | null, listener: LineListener): Line | null
  send(line: Line, octets: string | Buffer, encoding: 'latin1' | 'utf8'): void
  /** Closes by a reset. Safe at any time and more than once. */
  close(line: Line): void
  /** A connect to a closed port of this host that met itself, see socket.ts. */
  isSelfConnected(line: Line): boolean
  /** Serves what has come. */
  look(): void
  count(): number
  /** Opens no more; the last line that is closed takes the memory with it. */
  stop(): void
}

const linesMax = 16_384
/** Connects between two looks. */
const opensBeforeLook = 16
/** Looks before the event loop has its turn. */
const looksMax = 16
/** Pieces read from one line before the others have their turn. */
const piecesMax = 16
const errorInProgress = 115
const optionLinger = 13
const optionError = 4
const edgeTriggered = -0x80000000
const { readable, writable } = epollEvents
const failed = 0x8
const hungUp = 0x10
const ended = 0x2000
const interest = edgeTriggered | ended | readable | writable

export function createLines(calls: ConnectCalls, places: Places, epoll: number): Lines {
  const { words, octets, events, event, target, name, option, length, input, output } = places
  const lines: (Line | null)[] = []
  /** How often each slot was given out: what tells an event of its line from one of those before it. */
  const rounds: number[] = []
  const free: number[] = []
  const address = new Uint8Array(16)
  let opens = 0
  let isLooking = false
  let isStopped = false
  let due: NodeJS.Immediate | null = null

  const enlist = (operation: number, { fd, slot }: Line): number => {
    const at = event.at >>> 2
    words[at] = interest
    words[at + epollMarkWord] = slot
    words[at + epollMarkWord + 1] = rounds[slot]!
    return calls.control(epoll, operation, fd, event.address)
  }

  const takeSlot = (): number => {
    const slot = free.pop() ?? rounds.push(0) - 1
    rounds[slot] = (rounds[slot]! + 1) | 0
    if (rounds.length - free.length === 1) watch.hold(true)
    return slot
  }

  const giveSlot = (slot: number): void => {
    lines[slot] = null
    free.push(slot)
    if (rounds.length === free.length) watch.hold(false)
  }

  const close = (line: Line): void => {
    if (line.fd < 0) return
    calls.close(line.fd)
    line.fd = -1
    line.unsent = null
    giveSlot(line.slot)
    if (isStopped && free.length === rounds.length) release()
  }

  /** The `sockaddr` in place. Its octets; 0 for text that is no address, or one of a link. */
  const writeTarget = (text: string, port: number): number => {
    const { at } = target
    const count = text.includes('%') ? 0 : readAddress(text, address)
    const from = count === 4 ? 4 : 8
    if (count === 0) return 0
    words.fill(0, at >>> 2, (at + nameOctetsMax) >>> 2)
    octets[at + hostLow] = count === 4 ? linux.familyV4 : linux.familyV6
    octets[at + 2] = port >>> 8
    octets[at + 3] = port & 0xff
    for (let i = 0; i < count; i++) octets[at + from + i] = address[i]!
    return count === 4 ? 16 : nameOctetsMax
  }

  /** 0, or the negative errno. */
  const begin = (line: Line, source: string | null, targetOctets: number): number => {
    if (line.fd < 0) return line.fd
    words[option.at >>> 2] = 1
    words[(option.at >>> 2) + 1] = 0
    const set = calls.setOptionAt(line.fd, linux.levelSocket, optionLinger, option.address, 8)
    if (set < 0) return set
    const bound = source === null ? 0 : bindTo(calls, line.fd, source)
    if (bound < 0) return bound
    const begun = calls.connect(line.fd, target.address, targetOctets)
    return begun < 0 && begun !== -errorInProgress ? begun : enlist(epollOperations.add, line)
  }

  /** What waits to be sent, as far as the kernel takes it. */
  const flush = (line: Line): void => {
    while (line.unsent !== null) {
      const octetsNow = line.unsent.copy(output, 0, 0, outputOctetsMax)
      const sent = calls.send(line.fd, places.outputAddress, octetsNow)
      if (sent === -linux.errorAgain) return
      if (sent < 0) {
        line.listener.onError(errnoName(-sent))
        return
      }
      line.unsent = sent < line.unsent.length ? line.unsent.subarray(sent) : null
    }
  }

  const receive = (line: Line, told: number): void => {
    for (let pieces = 0; pieces < piecesMax; pieces++) {
      const taken = calls.receive(line.fd, places.inputAddress, inputOctetsMax)
      if (taken === -linux.errorAgain) return
      if (taken > 0) line.listener.onOctets(input, taken)
      else if (taken === 0) line.listener.onEnd()
      else line.listener.onError(errnoName(-taken))
      // A short piece was all there is, unless the end stands behind it.
      if (line.fd < 0 || taken <= 0 || (taken < inputOctetsMax && (told & (ended | hungUp | failed)) === 0)) return
    }
    // Told once more of what is still there.
    enlist(epollOperations.change, line)
  }

  const errorOf = ({ fd }: Line): number => {
    words[length.at >>> 2] = 4
    words[option.at >>> 2] = 0
    calls.readOptionAt(fd, linux.levelSocket, optionError, option.address, length.address)
    return words[option.at >>> 2]!
  }

  const serve = (line: Line, told: number): void => {
    if (!line.isOpen) {
      const error = (told & (failed | hungUp)) === 0 ? 0 : errorOf(line)
      if (error !== 0) {
        line.listener.onError(errnoName(error))
        return
      }
      if ((told & writable) === 0) return
      line.isOpen = true
      line.listener.onOpen()
    } else if (line.unsent !== null) flush(line)
    if (line.fd >= 0 && (told & (readable | ended | hungUp | failed)) !== 0) receive(line, told)
  }

  const look = (): void => {
    if (isLooking || rounds.length === free.length) return
    isLooking = true
    try {
      for (let looks = 0; looks < looksMax; looks++) {
        const found = calls.look(epoll, events.address, eventsMax, 0)
        for (let i = 0; i < found; i++) {
          const at = (events.at >>> 2) + i * epollEventWords
          const slot = words[at + epollMarkWord]!
          const line = rounds[slot] === words[at + epollMarkWord + 1] ? lines[slot] : null
          if (line) serve(line, words[at]!)
        }
        if (found < eventsMax) return
      }
    } finally {
      isLooking = false
    }
  }

  // In the check phase, so that promises and errors fare as anywhere else in Node.
  const watch = calls.watch(epoll, () => {
    due ??= setImmediate(() => {
      due = null
      look()
    })
  })

  const release = (): void => {
    watch.end()
    if (due !== null) clearImmediate(due)
    calls.close(epoll)
    places.release()
  }

  return {
    open: (text, port, source, listener) => {
      if (isStopped || rounds.length - free.length >= linesMax) return null
      if (++opens % opensBeforeLook === 0) look()
      const targetOctets = writeTarget(text, port)
      if (targetOctets === 0) return null
      const fd = calls.openStream(targetOctets === 16 ? linux.familyV4 : linux.familyV6)
      const slot = takeSlot()
      const line: Line = { fd, slot, address: text, port, listener, isOpen: false, unsent: null }
      lines[slot] = line
      const begun = begin(line, source, targetOctets)
      if (begun >= 0) return line
      if (fd < 0) giveSlot(slot)
      else close(line)
      listener.onError(errnoName(-begun))
      return line
    },
    send: (line, given, encoding) => {
      if (line.fd < 0) return
      const octetsAtOnce = typeof given === 'string' && given.length * 3 <= outputOctetsMax
      if (octetsAtOnce && line.unsent === null) {
        const count = output.write(given, 0, encoding)
        const sent = calls.send(line.fd, places.outputAddress, count)
        if (sent === count) return
        line.unsent = Buffer.from(output.subarray(Math.max(0, sent), count))
        if (sent < 0 && sent !== -linux.errorAgain) line.listener.onError(errnoName(-sent))
        return
      }
      const more = typeof given === 'string' ? Buffer.from(given, encoding) : given
      line.unsent = line.unsent === null ? more : Buffer.concat([line.unsent, more])
      flush(line)
    },
    close,
    isSelfConnected: line => {
      if (line.fd < 0) return false
      words[length.at >>> 2] = nameOctetsMax
      if (calls.readNameAt(line.fd, name.address, length.address) < 0) return false
      if (((octets[name.at + 2]! << 8) | octets[name.at + 3]!) !== line.port) return false
      const count = readAddress(line.address, address)
      const from = name.at + (count === 4 ? 4 : 8)
      for (let i = 0; i < count; i++) if (octets[from + i] !== address[i]) return false
      return true
    },
    look,
    count: () => rounds.length - free.length,
    stop: () => {
      if (isStopped) return
      isStopped = true
      if (free.length === rounds.length) release()
    },
  }
}

/** Where the low octet of the family is. Both processors that the calls were tried on are little-endian. */
const hostLow = 0

function bindTo(calls: ConnectCalls, fd: number, source: string): number {
  const address = new Uint8Array(16)
  const count = readAddress(source, address)
  return count === 0 ? -errorInvalid : calls.bind(fd, writeSocketAddress(address.subarray(0, count), 0))
}

const errorInvalid = 22

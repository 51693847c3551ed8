/**
 * Counters in shared memory: each answering thread owns one row and is the only one to write it; control sums the rows
 * when someone asks. A row begins with what the answer path counts, then what transports count.
 */
import { type Tally, tallyNames } from '../core/answer/tally.ts'
import type { TransportCounters } from '../core/ports.ts'

const transportNames = [
  'dropped',
  'sendFailures',
  'tcpOpened',
  'tcpClosed',
  'tcpEvicted',
  'receiveFailures',
  'overflows',
] as const

/** What an engine counts that talks to the kernel itself. */
export interface UdpCounters extends TransportCounters {
  /** A wait or a receive that the system refused. */
  receiveFailed(): void
  /** Sets the total of datagrams that the kernel threw away because nobody had taken those before them. */
  overflows(total: number): void
}

const rowLength = tallyNames.length + transportNames.length

export interface CounterTable {
  readonly memory: SharedArrayBuffer
  readonly rows: number
}

export function createCounterTable(rows: number): CounterTable {
  return { memory: new SharedArrayBuffer(rows * rowLength * 8), rows }
}

/** The part of a row that `answerQuery` counts in. */
export function tallyOf(memory: SharedArrayBuffer, row: number): Tally {
  return new Float64Array(memory, row * rowLength * 8, tallyNames.length)
}

/** The part of a row that transports count in. */
export function transportCountersOf(memory: SharedArrayBuffer, row: number): UdpCounters {
  const table = new Float64Array(memory, (row * rowLength + tallyNames.length) * 8, transportNames.length)
  const add = (at: number) => () => {
    table[at] = table[at]! + 1
  }
  return {
    dropped: add(0),
    sendFailed: add(1),
    tcpOpened: add(2),
    tcpClosed: add(3),
    tcpEvicted: add(4),
    receiveFailed: add(5),
    overflows: total => {
      table[6] = total
    },
  }
}

/** Totals over all rows, by name. */
export function sumCounters(table: CounterTable): Record<string, number> {
  const all = new Float64Array(table.memory)
  const names = [...tallyNames, ...transportNames]
  const totals: Record<string, number> = {}
  names.forEach((name, i) => {
    let total = 0
    for (let row = 0; row < table.rows; row++) total += all[row * rowLength + i]!
    totals[name] = total
  })
  return totals
}

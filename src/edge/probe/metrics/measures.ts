/**
 * From series to the numbers that limits are held against: which series of node_exporter each named metric is made of,
 * and how. Invariant: a number that the page does not give, or gives as NaN, is never a number here.
 */
import { never } from '../../../core/base/assert.ts'
import type { LabelMatch, NamedMetric, Reading } from '../../../core/health/types.ts'
import type { Labels, SeriesSum, SeriesWish } from './series.ts'

/** What a metric is: a number; not there; there, but only a second sample will tell. */
export type Measured = number | 'missing' | 'first'

export interface Measure {
  readonly wishes: readonly SeriesWish[]
  /** True if the sums are counters and only their growth counts. */
  readonly isRate: boolean
  /** From one number for each wish: sums, or their growth a second. `counts` says how many series each has. */
  of(numbers: readonly number[], counts: readonly number[]): number
}

const gauge = (metric: string): SeriesWish => ({ metric, accepts: () => true })
const cpu = (...modes: readonly string[]): SeriesWish => ({
  metric: 'node_cpu_seconds_total',
  accepts: labels => modes.length === 0 || modes.includes(labels.get('mode') ?? ''),
})

/**
 * Devices whose traffic is somebody else's as well, or leaves no machine: loopback, bridges, tunnels, the ends of
 * containers, VLANs, and bonds, whose members are counted.
 */
const virtualDevices =
  'bond br br- cali cilium cni docker dummy flannel ifb kube- lxc tap team tun veth virbr vlan vnet vxlan wg'
const virtualDevice = new RegExp(`^(?:lo|(?:${virtualDevices.replaceAll(' ', '|')}).*|.*\\.[0-9]+)$`)

const traffic = (metric: string): Measure => ({
  wishes: [{ metric, accepts: labels => !virtualDevice.test(labels.get('device') ?? '') }],
  isRate: true,
  of: ([octets = Number.NaN]) => (octets * 8) / 1e6,
})

const named: Readonly<Record<NamedMetric, Measure>> = {
  load1: { wishes: [gauge('node_load1')], isRate: false, of: ([load = Number.NaN]) => load },
  load1_per_cpu: {
    wishes: [gauge('node_load1'), cpu('idle')],
    isRate: false,
    of: ([load = Number.NaN], [, cpus = Number.NaN]) => load / cpus,
  },
  // Waiting for a disk is no work; the time that a hypervisor took away is not there to work in.
  cpu_percent: {
    wishes: [cpu('idle', 'iowait'), cpu()],
    isRate: true,
    of: ([idle = Number.NaN, all = Number.NaN]) => 100 * (1 - idle / all),
  },
  memory_used_percent: {
    wishes: [gauge('node_memory_MemAvailable_bytes'), gauge('node_memory_MemTotal_bytes')],
    isRate: false,
    of: ([available = Number.NaN, total = Number.NaN]) => 100 * (1 - available / total),
  },
  // Linux counts threads here, those that run or would like to (proc(5), procs_running).
  threads_active: { wishes: [gauge('node_procs_running')], isRate: false, of: ([threads = Number.NaN]) => threads },
  net_rx_mbit: traffic('node_network_receive_bytes_total'),
  net_tx_mbit: traffic('node_network_transmit_bytes_total'),
}

/** Not for pointers, which no series answers. */
export function measureOf(reading: Exclude<Reading, { readonly kind: 'pointer' }>): Measure {
  switch (reading.kind) {
    case 'named':
      return named[reading.metric]
    case 'series':
      return {
        wishes: [{ metric: reading.metric, accepts: labels => matches(labels, reading.labels) }],
        isRate: reading.rate,
        of: ([sum = Number.NaN]) => sum,
      }
    default:
      return never(reading)
  }
}

/** A label that a series lacks is empty (Prometheus, "Data model"). */
function matches(labels: Labels, wanted: readonly LabelMatch[]): boolean {
  return wanted.every(({ name, value, equal }) => ((labels.get(name) ?? '') === value) === equal)
}

/** `rates` are those of this measure's wishes, and null for a measure of sums. */
export function evaluate(
  measure: Measure,
  sums: readonly SeriesSum[],
  rates: readonly (number | null)[] | null,
): Measured {
  if (sums.some(({ count, sum }) => count === 0 || Number.isNaN(sum))) return 'missing'
  const numbers = rates ?? sums.map(({ sum }) => sum)
  if (numbers.includes(null)) return 'first'
  const value = measure.of(
    numbers as readonly number[],
    sums.map(({ count }) => count),
  )
  // Counters that did not move since the last look say nothing of what lies between (0 / 0).
  if (Number.isNaN(value)) return measure.isRate ? 'first' : 'missing'
  return value
}

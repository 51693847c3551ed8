/**
 * Every kind of probe, one line each, behind one function. Invariants: it never rejects, whatever a probe does; what
 * the probes share (ICMP sockets, trusted authorities, TLS sessions, compiled expressions, kept connections) is made
 * once here and closed here.
 */
import { never } from '../../core/base/assert.ts'
import type { Outcome, ReasonCode } from '../../core/health/types.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { createDirect } from './direct/open.ts'
import { createDnsProbe } from './dns.ts'
import { createExecProber } from './exec/prober.ts'
import { execInFlightDefault } from './exec/slots.ts'
import { createGrpcProbe } from './grpc.ts'
import { createHttpProbe } from './http.ts'
import { createHttpClient } from './http-exchange.ts'
import { createHttp2Client } from './http2-exchange.ts'
import { createIcmpProber, type IcmpMeans, type IcmpProber } from './icmp/prober.ts'
import { createMetricsProbe } from './metrics/prober.ts'
import { describeError, inconclusive } from './outcome.ts'
import { createPatternSearch } from './pattern.ts'
import { createSecurer } from './secure.ts'
import { createTcpProbe } from './tcp.ts'
import { createTrustStore } from './trust.ts'

export interface Probes {
  /**
   * Aborting the signal with the reason 'timeout' makes the outcome a fail; any other reason ('stopping') makes it
   * inconclusive. Either way the outcome is there in the same turn.
   */
  readonly probe: Probe
  icmpMeans(): IcmpMeans
  /** Kinds of probe that cannot be run on this host, with what to do about it. */
  broken(): readonly BrokenProbe[]
  /** Probes begun from now on are inconclusive. Those in flight are ended by their signals. */
  close(): void
}

export interface BrokenProbe {
  readonly protocol: 'ICMP'
  readonly reason: ReasonCode
  readonly remedy: string
}

export interface ProbesDeps {
  readonly clock: Clock
  /** One of the system's own unless given. */
  readonly icmp?: IcmpProber
  /** Programs of EXEC checks at once; 32 unless given. */
  readonly execInFlightMax?: number
}

export function createProbes(deps: ProbesDeps): Probes {
  const { clock } = deps
  const icmp = deps.icmp ?? createIcmpProber({ clock })
  const search = createPatternSearch()
  const direct = createDirect()
  const carriers = { clock, direct, trust: createTrustStore({ clock }), securer: createSecurer({ clock }) }
  const http1 = createHttpClient(carriers)
  const http2 = createHttp2Client(carriers)
  const tcp = createTcpProbe({ ...carriers, search })
  const http = createHttpProbe({ clock, http1, http2, search })
  const dns = createDnsProbe(carriers)
  const grpc = createGrpcProbe({ clock, http2 })
  const metrics = createMetricsProbe({ ...carriers, http1 })
  const exec = createExecProber({ clock, inFlightMax: deps.execInFlightMax ?? execInFlightDefault })
  let open = true

  const choose: Probe = (endpoint, spec, signal) => {
    switch (spec.protocol) {
      case 'ICMP':
        return icmp.probe(endpoint, spec, signal)
      case 'TCP':
        return tcp(endpoint, spec, signal)
      case 'HTTP':
      case 'HTTPS':
        return http(endpoint, spec, signal)
      case 'DNS':
        return dns(endpoint, spec, signal)
      case 'GRPC':
        return grpc(endpoint, spec, signal)
      case 'EXEC':
        return exec.probe(endpoint, spec, signal)
      case 'METRICS':
        return metrics(endpoint, spec, signal)
      default:
        return never(spec)
    }
  }

  return {
    probe: (endpoint, spec, signal) => {
      if (!open) return Promise.resolve(inconclusive('no-prober', 'closed'))
      try {
        return choose(endpoint, spec, signal).catch(ourFault)
      } catch (error) {
        return Promise.resolve(ourFault(error))
      }
    },
    icmpMeans: icmp.means,
    broken: () => {
      const reason = icmp.reason()
      const remedy = icmp.remedy()
      return reason === null || remedy === null ? [] : [{ protocol: 'ICMP', reason, remedy }]
    },
    close: () => {
      open = false
      icmp.close()
      http1.close()
      http2.close()
      exec.close()
      direct.close()
    },
  }
}

function ourFault(error: unknown): Outcome {
  return inconclusive('no-prober', describeError(error))
}

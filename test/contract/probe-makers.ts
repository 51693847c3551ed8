/**
 * Probes one by one, with what the table would give them, on a clock of the test's: over Node's sockets, or over direct
 * lines once `goDirect` was called.
 */
import type { Clock } from '../../src/core/ports.ts'
import { createDirect, type Direct } from '../../src/edge/probe/direct/open.ts'
import { createDnsProbe } from '../../src/edge/probe/dns.ts'
import { createGrpcProbe } from '../../src/edge/probe/grpc.ts'
import { createHttpProbe } from '../../src/edge/probe/http.ts'
import { createHttpClient } from '../../src/edge/probe/http-exchange.ts'
import { createHttp2Client } from '../../src/edge/probe/http2-exchange.ts'
import { createPatternSearch } from '../../src/edge/probe/pattern.ts'
import { createSecurer } from '../../src/edge/probe/secure.ts'
import { createTcpProbe } from '../../src/edge/probe/tcp.ts'
import { createTrustStore } from '../../src/edge/probe/trust.ts'

let direct: Direct | null = null

/** From now on, in this file of tests. */
export async function goDirect(): Promise<Direct> {
  direct = createDirect()
  await direct.prepare()
  return direct
}

export function makeProbes(clock: Clock) {
  const search = createPatternSearch()
  const carriers = {
    clock,
    ...(direct !== null && { direct }),
    trust: createTrustStore({ clock }),
    securer: createSecurer({ clock }),
  }
  const http1 = createHttpClient(carriers)
  const http2 = createHttp2Client(carriers)
  return {
    tcp: createTcpProbe({ ...carriers, search }),
    http: createHttpProbe({ clock, http1, http2, search }),
    dns: createDnsProbe(carriers),
    grpc: createGrpcProbe({ clock, http2 }),
    http1,
    close: () => {
      http1.close()
      http2.close()
    },
  }
}

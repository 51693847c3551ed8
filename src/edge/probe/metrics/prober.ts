/**
 * METRICS: the endpoint passes while its host says that it is not overloaded; how near to that it is moves its weight.
 * Sees load, memory and traffic of the host, or what an agent makes of them; does not see whether the service works. An
 * exporter or agent that cannot be reached fails the check, as any service would.
 */
import { targetKey } from '../../../core/health/identity.ts'
import type { Endpoint, MetricsCheck } from '../../../core/health/types.ts'
import type { Clock, Probe } from '../../../core/ports.ts'
import { attempt, type Run } from '../attempt.ts'
import { createConnection, type DialDeps, dial, hangUp, hasMetItself, lookAgain, write } from '../dial.ts'
import { createGathered, gather, gatheredOctets } from '../gathered.ts'
import type { HttpClient } from '../http-exchange.ts'
import type { HttpHead } from '../http-reader.ts'
import { requestText } from '../http-request.ts'
import type { Settle } from '../outcome.ts'
import { agentOctetsMax, judgeAgent } from './agent.ts'
import type { Judged } from './judge.ts'
import { createPages, type PageReading } from './page.ts'
import { createSamples } from './samples.ts'

export interface MetricsProbeDeps extends DialDeps {
  readonly clock: Clock
  readonly http1: HttpClient
}

export function createMetricsProbe(deps: MetricsProbeDeps): Probe<MetricsCheck> {
  const samples = createSamples(deps)
  const readPage = createPages()
  return (endpoint, spec, signal) =>
    attempt(deps.clock, signal, settle => {
      if (spec.page.scheme === 'tcp') return listen(deps, endpoint, spec, settle)
      return fetchPage(
        deps,
        endpoint,
        spec,
        readPage(spec, counters => samples.grow(targetKey(endpoint, spec), counters)),
        settle,
      )
    })
}

function fetchPage(
  { http1 }: MetricsProbeDeps,
  endpoint: Endpoint,
  spec: MetricsCheck,
  page: PageReading,
  settle: Settle,
): Run {
  const { address, port } = whom(endpoint, spec)
  const asked = {
    protocol: spec.page.scheme === 'https' ? 'HTTPS' : 'HTTP',
    method: 'GET',
    path: spec.page.target.replaceAll('{address}', endpoint.address).replaceAll('{port}', String(port)),
    host: null,
    headers: spec.format === 'prometheus' ? textOnly : [],
  } as const
  const request = requestText(asked, address, port, false)
  if (request === null) {
    settle('inconclusive', 'no-prober', 'the request cannot be written')
    return { stop: () => {}, stage: () => null }
  }
  const ask = {
    address,
    port,
    source: spec.source ?? null,
    tls: spec.page.scheme === 'https' ? spec.tls : null,
    request,
    isHead: false,
    bodyOctetsMax: page.octetsMax,
    wantsBody: isGood,
    reuse: null,
    ...(page.onBody !== null && { onBody: page.onBody }),
  }
  return http1.exchange(ask, settle, response => {
    if (isGood(response)) conclude(settle, page.judge(response))
    else settle('fail', 'status', `${response.status} ${response.phrase}`.trimEnd())
  })
}

const textOnly = [['Accept', 'text/plain;version=0.0.4, */*;q=0.1']] as const

function isGood({ status }: HttpHead): boolean {
  return status >= 200 && status <= 299
}

/** An agent over TCP says one line, at once or when it was spoken to. */
function listen(deps: MetricsProbeDeps, endpoint: Endpoint, spec: MetricsCheck, settle: Settle): Run {
  const { address, port } = whom(endpoint, spec)
  const connection = createConnection()
  const said = createGathered(agentOctetsMax)
  const judge = (): void => conclude(settle, judgeAgent(gatheredOctets(said).toString('utf8')))
  dial(deps, { address, port, source: spec.source ?? null, tls: null, protocols: [] }, connection, {
    onOpen: () => {
      if (hasMetItself(connection, port)) settle('fail', 'refused', 'nobody listens')
      else if (spec.send !== null) write(connection, spec.send, 'utf8')
    },
    onOctets: (piece, octets) => {
      const isCut = gather(said, piece, 0, octets) < octets
      if (isCut || said.length === agentOctetsMax || hasLineEnd(gatheredOctets(said))) judge()
    },
    onEnd: () => {
      if (said.length === 0) settle('fail', 'closed', 'before a word was said')
      else judge()
    },
    onTrouble: settle,
  })
  return {
    stop: () => hangUp(connection),
    stage: () => (connection.stage === 'connected' ? 'waiting for the agent to speak' : connection.stage),
    lastLook: () => lookAgain(connection),
  }
}

function hasLineEnd(said: Buffer): boolean {
  return said.includes(0x0a) || said.includes(0x0d)
}

/** Who is asked: the endpoint, unless the check names another address. */
function whom(endpoint: Endpoint, { page, port }: MetricsCheck): { readonly address: string; readonly port: number } {
  return { address: page.address ?? endpoint.address, port: endpoint.port ?? port }
}

function conclude(settle: Settle, { kind, reason, detail, share }: Judged): void {
  settle(kind, reason, detail, { share })
}

/**
 * Shapes of checks, one for each protocol, and of references to them. What a check can say is exactly what
 * core/health/types.ts can hold; the rest of the format's keys are refused by name.
 */
import { z } from 'zod'
import { cadence } from './cadence.ts'
import { dnsCheck } from './check-dns.ts'
import { execCheck } from './check-exec.ts'
import { grpcCheck } from './check-grpc.ts'
import { httpCheck, httpsCheck } from './check-http.ts'
import { metricsCheck } from './check-metrics.ts'
import { tcpCheck } from './check-tcp.ts'
import { notServed, type Refusal, refuseKeys, refuseValues } from './later.ts'
import { listOf, port, text } from './scalars.ts'

const noPort: Refusal = {
  code: 'unknown-key',
  text: 'an ICMP check has no port',
  hint: 'remove `port`, or write `protocol: TCP`',
}

const protocolOf = <P extends string>(name: P) => z.literal(name).describe('How the address is probed.')

/** By protocol: the one to judge a definition by is chosen by its `protocol`. */
export const checkSchemas = {
  ICMP: refuseKeys(z.strictObject({ protocol: protocolOf('ICMP'), ...cadence }), { port: noPort }),
  TCP: tcpCheck,
  HTTP: httpCheck,
  HTTPS: httpsCheck,
  DNS: dnsCheck,
  GRPC: grpcCheck,
  EXEC: execCheck,
  METRICS: metricsCheck,
} as const

const kinds = 'ICMP, TCP, HTTP, HTTPS, DNS, GRPC, EXEC or METRICS'
const laterProtocols = { UDP: notServed('the protocol UDP', `write ${kinds}`) }

export const protocol = refuseValues(
  z.enum(['ICMP', 'TCP', 'HTTP', 'HTTPS', 'DNS', 'GRPC', 'EXEC', 'METRICS']),
  laterProtocols,
)

const checksMax = 16
const checkNames = listOf(text, checksMax)

/** On a record: which checks judge its members. */
export const checkRef = z
  .union(
    [
      text.describe('The name of a check, or `none`.'),
      z.strictObject({
        all: checkNames.optional().describe('Every one of these must be up.'),
        any: checkNames.optional().describe('One of these must be up.'),
        at_least: z.int().min(1).optional().describe('How many of `of` must be up.'),
        of: checkNames.optional().describe('The checks that `at_least` counts.'),
      }),
    ],
    { error: 'the name of a check, {all: [...]}, {any: [...]} or {at_least: n, of: [...]}' },
  )
  .meta({ id: 'check', description: 'The checks that decide whether a member may be answered.' })

/** octoDNS's own way to ask for a check. */
export const healthcheck = z.strictObject({
  protocol: refuseValues(z.enum(['ICMP', 'TCP', 'HTTP', 'HTTPS']), laterProtocols)
    .optional()
    .describe('How the address is probed (default HTTPS).'),
  port: port.optional().describe('Port to connect to (default 443).'),
  path: text.meta({ pattern: '^/' }).optional().describe('Request target (default /_dns).'),
  host: text.nullable().optional().describe("Host header; `~` is the address itself (default: the record's name)."),
})

export type CheckInput = z.infer<(typeof checkSchemas)[keyof typeof checkSchemas]>
export type CheckRefInput = z.infer<typeof checkRef>
export type HealthcheckInput = z.infer<typeof healthcheck>

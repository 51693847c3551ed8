/**
 * Shapes of checks, one for each protocol, and of references to them. What a check can say is exactly what
 * core/health/types.ts can hold; the rest of the format's keys are refused by name.
 */
import { z } from 'zod'
import { notServed, type Refusal, refuseKeys, refuseValues } from './later.ts'
import { duration, listOf, port, someText, text } from './scalars.ts'

const cadence = {
  interval: duration.optional().describe('Time from one probe to the next (default 5s).'),
  timeout: duration.optional().describe('Longest time that a probe may take (default 2s).'),
  fast_interval: duration.optional().describe('Interval while the verdict is being overturned (default 1s).'),
  fall: z.int().min(1).max(100).optional().describe('Failures in a row that take a member out (default 3).'),
  rise: z.int().min(1).max(100).optional().describe('Passes in a row that bring a member back (default 2).'),
}

const statusText = z.string().meta({ pattern: '^[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*$', examples: ['200-299'] })
const statusCode = z.int().meta({ minimum: 100, maximum: 599 })
const status = z.union([statusCode, statusText, listOf(z.union([statusCode, statusText]))], {
  error: 'a status such as 200, 200-299 or a list of them',
})

const expectation = refuseKeys(
  z.strictObject({
    status: status.optional().describe('Status codes that pass (default 200-299).'),
    body: someText.optional().describe('Text that the first 64 KiB of the body must contain.'),
    regex: text.optional().describe('Regular expression that the first 64 KiB of the body must match.'),
    within: duration.optional().describe('Longest time from connecting to the end of the response.'),
  }),
  {
    json: notServed('`expect.json`', 'remove it; `body` or `regex` can look for the same text'),
    cert_days: notServed('`expect.cert_days`', 'remove it; an expired certificate fails the check anyway'),
    headers: notServed('`expect.headers`', 'remove it; `status`, `body` and `regex` can be expected'),
  },
)

const tls = refuseKeys(
  z.strictObject({
    server_name: text.optional().describe('SNI, and the name that the certificate must carry (default: host).'),
    verify: z.boolean().optional().describe('Whether the certificate is verified (default true).'),
    ca: someText.optional().describe('PEM file of the authorities to trust, relative to this file.'),
  }),
  {
    cert: notServed('`tls.cert`', 'remove it; checks present no certificate of their own'),
    key: notServed('`tls.key`', 'remove it; checks present no certificate of their own'),
  },
)

const http = {
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).optional().describe('Request method (default GET).'),
  path: text.meta({ pattern: '^/' }).optional().describe('Request target (default /).'),
  host: text.optional().describe("Host header (default: the address for HTTP, the record's name for HTTPS)."),
  headers: z.record(text, text).optional().describe('Further request headers.'),
  expect: expectation.optional().describe('What a good response is.'),
}

const laterOfAll: Readonly<Record<string, Refusal>> = {
  leak: notServed('`leak`', 'remove it; `fall` counts failures in a row'),
  check_address: notServed('`check_address`', 'remove it; the address that is answered is the one that is checked'),
  source: notServed('`source`', 'remove it; the system chooses the source address'),
}
const laterOfHttp: Readonly<Record<string, Refusal>> = {
  ...laterOfAll,
  http2: notServed('`http2`', 'remove it; the probe speaks HTTP/1.1'),
  reuse: notServed('`reuse`', 'remove it; every probe opens a connection of its own'),
}
const noTls: Refusal = { code: 'unknown-key', text: '`tls` has no meaning for HTTP', hint: 'write `protocol: HTTPS`' }
const noPort: Refusal = {
  code: 'unknown-key',
  text: 'an ICMP check has no port',
  hint: 'remove `port`, or write `protocol: TCP`',
}

const protocolOf = <P extends string>(name: P) => z.literal(name).describe('How the address is probed.')

/** By protocol: the one to judge a definition by is chosen by its `protocol`. */
export const checkSchemas = {
  ICMP: refuseKeys(z.strictObject({ protocol: protocolOf('ICMP'), ...cadence }), { ...laterOfAll, port: noPort }),
  TCP: refuseKeys(
    z.strictObject({ protocol: protocolOf('TCP'), port: port.describe('Port to connect to.'), ...cadence }),
    {
      ...laterOfAll,
      send: notServed('`send`', 'remove it; a TCP check passes when it can connect'),
      expect: notServed('`expect` of a TCP check', 'remove it; a TCP check passes when it can connect'),
      tls: notServed('`tls` of a TCP check', 'remove it, or use `protocol: HTTPS`'),
    },
  ),
  HTTP: refuseKeys(
    z.strictObject({
      protocol: protocolOf('HTTP'),
      port: port.optional().describe('Port to connect to (default 80).'),
      ...http,
      ...cadence,
    }),
    { ...laterOfHttp, tls: noTls },
  ),
  HTTPS: refuseKeys(
    z.strictObject({
      protocol: protocolOf('HTTPS'),
      port: port.optional().describe('Port to connect to (default 443).'),
      ...http,
      tls: tls.optional().describe('How the certificate is judged.'),
      ...cadence,
    }),
    laterOfHttp,
  ),
} as const

const laterProtocol = (name: string): Refusal => notServed(`the protocol ${name}`, 'write ICMP, TCP, HTTP or HTTPS')

const laterProtocols = {
  DNS: laterProtocol('DNS'),
  GRPC: laterProtocol('GRPC'),
  EXEC: laterProtocol('EXEC'),
  METRICS: laterProtocol('METRICS'),
  UDP: laterProtocol('UDP'),
}

export const protocol = refuseValues(z.enum(['ICMP', 'TCP', 'HTTP', 'HTTPS']), laterProtocols)

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
    .describe('Default HTTPS.'),
  port: port.optional().describe('Default 443.'),
  path: text.meta({ pattern: '^/' }).optional().describe('Default /_dns.'),
  host: text.optional().describe("Default: the record's name."),
})

export type CheckInput = z.infer<(typeof checkSchemas)[keyof typeof checkSchemas]>
export type HttpInput = z.infer<(typeof checkSchemas)['HTTP']> | z.infer<(typeof checkSchemas)['HTTPS']>
export type TlsInput = z.infer<typeof tls>
export type StatusInput = z.infer<typeof status>
export type CheckRefInput = z.infer<typeof checkRef>
export type HealthcheckInput = z.infer<typeof healthcheck>

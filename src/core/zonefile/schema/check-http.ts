/**
 * The shapes of HTTP and HTTPS checks: what is asked, and what a good response is.
 */
import { z } from 'zod'
import { cadence } from './cadence.ts'
import { type Refusal, refuseKeys } from './later.ts'
import { duration, listOf, port, someText, text } from './scalars.ts'
import { tls } from './tls.ts'

const statusText = z.string().meta({ pattern: '^[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*$', examples: ['200-299'] })
const statusCode = z.int().meta({ minimum: 100, maximum: 599 })
const status = z.union([statusCode, statusText, listOf(z.union([statusCode, statusText]))], {
  error: 'a status such as 200, 200-299 or a list of them',
})

const jsonValue = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'a text, a number, true, false or null',
})
const headerValue = z.union([text, z.strictObject({ regex: text.describe('Expression that the value must match.') })], {
  error: 'the whole value, or {regex: …}',
})
const days = z.int().min(1).max(3650)
const certDays = z.union(
  [
    days,
    z.strictObject({
      warn: days.optional().describe('Fewer days than this are told in a pass.'),
      fail: days.optional().describe('Fewer days than this fail.'),
    }),
  ],
  { error: 'a number of days, or {warn: 21, fail: 7}' },
)

const expectation = {
  status: status.optional().describe('Status codes that pass (default 200-299).'),
  body: someText.optional().describe('Text that the first 64 KiB of the body must contain.'),
  regex: text.optional().describe('Regular expression that the first 64 KiB of the body must match.'),
  json: z
    .record(text, jsonValue)
    .meta({ examples: [{ '/status': 'UP' }] })
    .optional()
    .describe('Values that the JSON in the body must have, by JSON pointer (RFC 6901).'),
  headers: z.record(text, headerValue).optional().describe('Header fields that the response must carry.'),
  within: duration
    .optional()
    .describe('Longest time from connecting to the end of the response: up to `timeout` (default: `timeout` alone).'),
}

const http = {
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).optional().describe('Request method (default GET).'),
  path: text.meta({ pattern: '^/' }).optional().describe('Request target (default /).'),
  host: text.optional().describe("Host header (default: the address for HTTP, the record's name for HTTPS)."),
  headers: z.record(text, text).optional().describe('Further request headers.'),
  http2: z.boolean().optional().describe('Speak HTTP/2 instead of HTTP/1.1 (default false).'),
  reuse: z
    .boolean()
    .optional()
    .describe('Keep the connection for the next probe (default false: a new one each time).'),
}

const noTls: Refusal = { code: 'unknown-key', text: '`tls` has no meaning for HTTP', hint: 'write `protocol: HTTPS`' }
const noCertificate: Refusal = {
  code: 'unknown-key',
  text: '`cert_days` has no meaning for HTTP',
  hint: 'write `protocol: HTTPS`',
}

export const httpCheck = refuseKeys(
  z.strictObject({
    protocol: z.literal('HTTP').describe('How the address is probed.'),
    port: port.optional().describe('Port to connect to (default 80).'),
    ...http,
    expect: refuseKeys(z.strictObject(expectation), { cert_days: noCertificate })
      .optional()
      .describe('What a good response is.'),
    ...cadence,
  }),
  { tls: noTls },
)

export const httpsCheck = z.strictObject({
  protocol: z.literal('HTTPS').describe('How the address is probed.'),
  port: port.optional().describe('Port to connect to (default 443).'),
  ...http,
  expect: z
    .strictObject({
      ...expectation,
      cert_days: certDays
        .optional()
        .describe('Days that the certificate must still be valid: fewer fail (default: any day will do).'),
    })
    .optional()
    .describe('What a good response is.'),
  tls: tls.optional().describe('How the certificate is judged.'),
  ...cadence,
})

export type HttpInput = z.infer<typeof httpCheck> | z.infer<typeof httpsCheck>
export type StatusInput = z.infer<typeof status>
export type HeaderValueInput = z.infer<typeof headerValue>
export type CertDaysInput = z.infer<typeof certDays>

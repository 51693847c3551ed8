/**
 * The shape of a METRICS check: where a host tells how it does, in which format, and how much is too much.
 */
import { z } from 'zod'
import { namedMetrics } from '../../health/types.ts'
import { cadence } from './cadence.ts'
import { port, someText, text } from './scalars.ts'
import { tls } from './tls.ts'

const limit = z.strictObject({
  low: z.number().optional().describe('From here on the weight falls linearly (default: it does not fall).'),
  high: z.number().describe('Here and above the check fails.'),
})

export const metricsCheck = z.strictObject({
  protocol: z.literal('METRICS').describe('How the address is probed.'),
  url: text
    .meta({ pattern: '^(https?|tcp)://', examples: ['http://{address}:9100/metrics', 'tcp://{address}:9777'] })
    .describe('Where the host tells its metrics; {address} and {port} are replaced. tcp is for agents.'),
  port: port.optional().describe('Port that stands for {port} in `url`.'),
  format: z
    .enum(['prometheus', 'json', 'agent'])
    .optional()
    .describe('What it tells them in (default prometheus; for tcp agent, the text that HAProxy agents send).'),
  limits: z
    .record(text, limit)
    .optional()
    .describe(`By metric: ${namedMetrics.join(', ')}, or a name of \`values\`.`),
  values: z
    .record(text, text)
    .optional()
    .describe("Metrics of your own: '/json/pointer', 'metric{label=\"x\"}' or 'rate(metric{label=\"x\"})'."),
  send: someText.optional().describe('Sent to an agent over TCP before it speaks.'),
  tls: tls.optional().describe('For an https URL: how the certificate is judged.'),
  ...cadence,
})

export type MetricsInput = z.infer<typeof metricsCheck>

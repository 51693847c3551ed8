/**
 * The shape of a TCP check: a connection, with TLS if asked for, and what is said over it.
 */
import { z } from 'zod'
import { cadence } from './cadence.ts'
import { port, someText, text } from './scalars.ts'
import { optionalTls } from './tls.ts'

const banner = z.strictObject({
  text: someText.optional().describe('Text that the first 64 KiB received must contain.'),
  regex: text.optional().describe('Regular expression that the first 64 KiB received must match.'),
})

export const tcpCheck = z.strictObject({
  protocol: z.literal('TCP').describe('How the address is probed.'),
  port: port.describe('Port to connect to.'),
  send: someText.optional().describe('Text to send once connected; write line ends as "\\r\\n" in double quotes.'),
  expect: banner.optional().describe('What must come back (default: nothing, a connection is enough).'),
  tls: optionalTls.optional(),
  ...cadence,
})

export type TcpInput = z.infer<typeof tcpCheck>

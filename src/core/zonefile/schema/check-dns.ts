/**
 * The shape of a DNS check: one question, and what a good answer is.
 */
import { z } from 'zod'
import { cadence } from './cadence.ts'
import { listOf, port, someText, text } from './scalars.ts'

const answersMax = 32
const rcodesMax = 8

export const dnsCheck = z.strictObject({
  protocol: z.literal('DNS').describe('How the address is probed.'),
  port: port.optional().describe('Port to ask (default 53).'),
  question: text.meta({ examples: ['example.com A'] }).describe('What is asked: NAME TYPE.'),
  expect: z
    .strictObject({
      rcode: z
        .union([text, listOf(text, rcodesMax)], { error: 'a response code such as NOERROR, or a list of them' })
        .optional()
        .describe('Response codes that pass (default NOERROR).'),
      data: z
        .union([someText, listOf(someText, answersMax)], { error: 'the data of a record, or a list of them' })
        .optional()
        .describe('Record data that must be in the answer, as a zone file would have it.'),
    })
    .optional()
    .describe('What a good answer is.'),
  ...cadence,
})

export type DnsInput = z.infer<typeof dnsCheck>

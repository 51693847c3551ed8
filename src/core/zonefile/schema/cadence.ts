/**
 * Keys that every check has, whatever it speaks: how often and how stubbornly it asks, whom, and from where. They stand
 * apart from the protocols so that each of those can have a file of its own.
 */
import { z } from 'zod'
import { duration, listOf, text } from './scalars.ts'

const address = text.meta({ examples: ['10.0.0.5', '2001:db8::5'] })

export const cadence = {
  interval: duration.optional().describe('Time from one probe to the next: 100ms to 24h (default 5s).'),
  timeout: duration.optional().describe('Longest time that a probe may take: 50ms to 60s (default 2s).'),
  fast_interval: duration
    .optional()
    .describe('Interval while the verdict is being overturned: 100ms to 24h (default 1s).'),
  fall: z.int().min(1).max(100).optional().describe('Failures in a row that take a member out (default 3).'),
  rise: z.int().min(1).max(100).optional().describe('Passes in a row that bring a member back (default 2).'),
  leak: text
    .meta({ pattern: '^[0-9]{1,3}/[0-9]{1,3}$', examples: ['5/20'] })
    .optional()
    .describe(
      'So many failures among so many newest outcomes take a member out as well, as 5/20 (default: no such rule).',
    ),
  check_address: address.optional().describe('Address to probe instead of the one that is answered.'),
  source: z
    .union([address, listOf(address, 2)], { error: 'an address, or a list of one IPv4 and one IPv6 address' })
    .optional()
    .describe('Local address that probes start from, or one of each family (default: the system chooses).'),
}

export type CadenceInput = z.infer<z.ZodObject<typeof cadence>>

/**
 * What `robin selfcheck --json` prints, as a shape: the schema that is committed for scripts is generated from it, and
 * the tests hold the verb's output to it. Apart from the verb, which is run every second and does without it.
 */
import { z } from 'zod'
import { exitCodes } from './io.ts'

export const selfcheckShape = z
  .strictObject({
    ok: z.boolean().describe('The server of this machine is fit to be asked.'),
    exitCode: z.literal([exitCodes.ok, exitCodes.failed, exitCodes.unreachable, exitCodes.timeout]),
    readiness: z
      .enum(['ready', 'not-ready', 'off', 'unreachable', 'timeout', 'malformed'])
      .describe('What it says of itself over HTTP; off where there is no HTTP to ask.'),
    asked: z
      .array(
        z.strictObject({
          via: z.enum(['udp', 'tcp']),
          server: z.string().meta({ examples: ['127.0.0.1:5300', '[::1]:5300'] }),
          fault: z
            .enum(['unreachable', 'timeout', 'malformed', 'not-authoritative', 'error', 'no-record'])
            .nullable()
            .describe('Why its answer does not count; null if it does.'),
          text: z.string().describe('The same for people.'),
        }),
      )
      .describe('Listeners that were asked; none where readiness says enough.'),
    elapsedMs: z.number().min(0),
  })
  .describe('robin selfcheck --json')

/**
 * The shape of an EXEC check: a program of the user's own, and what it is told.
 */
import { z } from 'zod'
import { cadence } from './cadence.ts'
import { listOf, port, text } from './scalars.ts'

/** Program and arguments. */
const commandWordsMax = 64

export const execCheck = z.strictObject({
  protocol: z.literal('EXEC').describe('How the address is probed.'),
  command: listOf(text, commandWordsMax).describe(
    'Program and arguments; it passes with exit status 0. {address}, {port} and {source} are replaced. No shell.',
  ),
  port: port.optional().describe('Port that the program is told as {port} and ROBIN_PORT.'),
  ...cadence,
})

export type ExecInput = z.infer<typeof execCheck>

/**
 * The shape of a GRPC check: which service is asked about, of grpc.health.v1.
 */
import { z } from 'zod'
import { cadence } from './cadence.ts'
import { port, text } from './scalars.ts'
import { optionalTls } from './tls.ts'

export const grpcCheck = z.strictObject({
  protocol: z.literal('GRPC').describe('How the address is probed.'),
  port: port.describe('Port to connect to.'),
  service: text.optional().describe('Service to ask about (default: the server as a whole).'),
  host: text.optional().describe("`:authority` (default: the address, over TLS the record's name)."),
  tls: optionalTls.optional(),
  ...cadence,
})

export type GrpcInput = z.infer<typeof grpcCheck>

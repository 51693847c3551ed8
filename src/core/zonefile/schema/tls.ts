/**
 * The shape of `tls:` in a check: how a certificate is judged and which one is presented. Checks that may speak TLS
 * but need not also take `tls: true`.
 */
import { z } from 'zod'
import { someText, text } from './scalars.ts'

export const tls = z.strictObject({
  server_name: text
    .optional()
    .describe("SNI, and the name that the certificate must carry (default: host, else the record's name)."),
  verify: z.boolean().optional().describe('Whether the certificate is verified (default true).'),
  ca: someText.optional().describe('PEM file of the authorities to trust, relative to this file.'),
  cert: someText.optional().describe('PEM file of the certificate to present, with its chain, relative to this file.'),
  key: someText.optional().describe('PEM file of the private key to `cert`, relative to this file.'),
})

export const optionalTls = z
  .union([z.boolean(), tls], { error: 'true, or a map such as {ca: ca.pem}' })
  .meta({ description: 'Speak TLS, and how the certificate is judged (default: clear text).' })

export type TlsInput = z.infer<typeof tls>
export type OptionalTlsInput = z.infer<typeof optionalTls>

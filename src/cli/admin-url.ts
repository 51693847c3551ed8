/**
 * Where a running server tells of itself over HTTP, as people write it. Apart from the client, since every verb names
 * the default and few ask.
 */
import { UsageFault } from './io.ts'

export const adminUrlDefault = 'http://127.0.0.1:5380'

/** Reads an http URL, or throws `UsageFault`. */
export function parseAdminUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.protocol !== 'http:' || url.hostname === '') {
    throw new UsageFault(`--admin must be a URL like ${adminUrlDefault}, not ${JSON.stringify(text)}`)
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/**
 * What the options of a query ask for, and what the server's terms grant: the response's own options are settled here,
 * before a record is written, so that their room is known. A cookie is never demanded: who shows none, or a wrong one,
 * is answered all the same (RFC 7873 section 5.2.3) and gets a fresh one.
 */
import { cookieOctets, judgeCookie, writeServerCookie } from '../guard/cookie.ts'
import { clearResponseOptions } from '../wire/options.ts'
import type { Ask } from '../wire/query.ts'
import type { Live } from './live.ts'
import { count, tallyAt } from './tally.ts'

/** Settles `live.desk.options` and whether the client is known by its cookie. */
export function settleTerms(live: Live, ask: Ask): 'ok' | 'formerr' {
  const { desk, terms } = live
  const { options, reply } = desk
  clearResponseOptions(options)
  reply.hasValidCookie = false
  if (!ask.edns) return 'ok'
  const asked = ask.options
  // A client without an address could show anybody's cookie.
  const judged = terms.cookies !== null && asked.cookieAt >= 0 && ask.client.length > 0
  if (judged && settleCookie(live, ask) === 'formerr') return 'formerr'
  if (asked.nsid) options.nsid = terms.identity.nsid
  // Scope 0, all networks, unless the choice of an answer finds that it depends on more (RFC 7871 section 7.2.1).
  if (asked.subnetAt >= 0) {
    options.subnetAt = asked.subnetAt
    options.subnetOctets = asked.subnetOctets
  }
  if (asked.keepalive) options.keepaliveUnits = terms.keepaliveUnits
  return 'ok'
}

function settleCookie(live: Live, ask: Ask): 'ok' | 'formerr' {
  const { desk, terms } = live
  const cookies = terms.cookies!
  const { cookieAt, cookieOctets: shownOctets } = ask.options
  const { query, client, nowSeconds } = ask
  const verdict = judgeCookie(cookies, client, query, cookieAt, shownOctets, nowSeconds)
  switch (verdict) {
    case 'malformed':
      return 'formerr'
    case 'valid':
      count(live.tally, tallyAt.cookiesGood)
      desk.reply.hasValidCookie = true
      for (let i = 0; i < cookieOctets; i++) desk.options.cookie[i] = query[cookieAt + i]!
      break
    case 'renew':
    case 'bad':
    case 'client-only':
      desk.reply.hasValidCookie = verdict === 'renew'
      if (verdict !== 'client-only') count(live.tally, verdict === 'renew' ? tallyAt.cookiesGood : tallyAt.cookiesBad)
      writeServerCookie(cookies, client, query, cookieAt, nowSeconds, desk.options.cookie, 0)
      break
    case 'none':
      return 'ok'
  }
  desk.options.cookieOctets = cookieOctets
  return 'ok'
}

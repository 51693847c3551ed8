/**
 * The part of the config file that says by whom the server judges itself: `sentinels`. A sentinel is checked as a
 * member would be, by any kind of check; `gateway` stands for the default gateways of this host, whatever they are.
 */
import { z } from 'zod'
import { millis } from '../core/base/units.ts'
import type { CheckSpec } from '../core/health/types.ts'
import { formatIpv4, parseIpv4 } from '../core/rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../core/rdata/aaaa.ts'
import { readChecks } from '../core/zonefile/checks.ts'
import { type Reader, refuse, shown } from '../core/zonefile/doc.ts'
import { listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { gatewayWord, type SentinelSettings } from './sentinel-settings.ts'

const sentinelsCeiling = 64

export const sentinelsShape = z
  .strictObject({
    check: z.unknown().optional().describe('How they are checked, as in a zone file (default {protocol: ICMP}).'),
    addresses: listOf(someText, sentinelsCeiling)
      .optional()
      .describe('Addresses, or gateway for the default gateways of this host (default [gateway]).'),
  })
  .describe('If all of these are down, the fault is ours: removals are frozen until one is back.')

/** What `sentinels: {}` means. */
const checkDefault: CheckSpec = {
  protocol: 'ICMP',
  name: 'sentinel',
  intervalMs: millis(5_000),
  timeoutMs: millis(2_000),
  fastIntervalMs: millis(1_000),
  fall: 3,
  rise: 2,
}

/** Null after having reported what is wrong. */
export function readSentinels(reader: Reader, input: z.infer<typeof sentinelsShape>): SentinelSettings | null {
  const addresses = (input.addresses ?? [gatewayWord]).map((text, i) => readSentinel(reader, text, i))
  const found = addresses.filter(address => address !== null)
  const asked = { addresses: found, span: reader.doc.valueSpan(['sentinels', 'addresses']) }
  if (input.check === undefined) return { check: checkDefault, sources: { v4: null, v6: null }, ...asked }
  const plan = readChecks(reader, { check: input.check }, ['sentinels']).get('check') ?? null
  if (plan === null) return null
  const span = reader.doc.valueSpan(['sentinels', 'check'])
  if (plan.hostFromOwner) {
    const text = 'the check of a sentinel belongs to no record whose name it could ask for'
    refuse(reader, 'check-not-possible', span, text, 'give it a name of its own: `host`, or `tls.server_name`')
  }
  if (plan.route.checkAddress !== null) {
    const text = '`check_address` has no meaning for a sentinel'
    refuse(reader, 'check-not-possible', span, text, 'write the address in `addresses`')
  }
  return { check: { ...plan.spec, name: checkDefault.name }, sources: plan.route.sources, ...asked }
}

function readSentinel(reader: Reader, text: string, index: number): string | null {
  if (text === gatewayWord) return text
  const v4 = parseIpv4(text)
  const v6 = parseIpv6(text)
  if (v4 !== null) return formatIpv4(v4)
  if (v6 !== null) return formatIpv6(v6)
  const span = reader.doc.valueSpan(['sentinels', 'addresses', index])
  refuse(reader, 'bad-address', span, `${shown(text)} is not an address`, 'write an address, or `gateway`')
  return null
}

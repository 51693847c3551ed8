/**
 * What must hold of our own answers, whatever the others say: well formed, within the client's limit, no record twice,
 * no flag or option that nobody asked for; and what a truncated answer keeps are whole RRsets of the one over TCP.
 */
import { type Anatomy, udpLimitOf } from './anatomy.ts'
import type { Case, Contender } from './ask.ts'
import { formatRecord, hear } from './compare.ts'
import type { Dispute } from './dispute.ts'
import { bit, type Message } from './message.ts'

export interface Fault {
  readonly one: Case
  readonly text: string
}

const option = { nsid: 3, subnet: 8, cookie: 10, keepalive: 11, error: 15 }
const knownOptions: ReadonlySet<number> = new Set(Object.values(option))

export async function findFaults(robin: Contender, disputes: readonly Dispute[]): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const cut: { readonly one: Case; readonly message: Message }[] = []
  // A keepalive option with content is passed over by UDP and FORMERR by TCP (RFC 7828 section 3.3.2).
  const meansOther = (anatomy: Anatomy | null): boolean =>
    (anatomy?.opts ?? []).some(({ codes }) => codes.includes(option.keepalive))
  for (const { one, anatomy, robin: heard } of disputes) {
    const { message, fault } = heard
    if (message === null) {
      if (fault !== 'silence') faults.push({ one, text: fault })
      continue
    }
    for (const text of [...judgeSize(one, anatomy, message), ...judgeOpt(one, anatomy, message)])
      faults.push({ one, text })
    if ((message.flags & (bit.RA | bit.Z | bit.AD)) !== 0) faults.push({ one, text: 'RA, Z or AD set' })
    const twice = findRepeated(message)
    if (twice !== null) faults.push({ one, text: `a record twice: ${twice}` })
    if ((message.flags & bit.TC) === 0) continue
    if (one.via === 'tcp') faults.push({ one, text: 'TC over TCP' })
    else if (!meansOther(anatomy)) cut.push({ one, message })
  }
  const whole = await robin.ask(cut.map(({ one }) => ({ ...one, via: 'tcp' as const })))
  for (const [i, { one, message }] of cut.entries()) {
    const full = hear(whole[i]!, one.packet).message
    const text = full === null ? 'TC, but no answer over TCP' : findTorn(message, full)
    if (text !== null) faults.push({ one, text })
  }
  return faults
}

function judgeSize({ via }: Case, anatomy: Anatomy | null, { octets }: Message): readonly string[] {
  if (via === 'tcp') return []
  const limit = udpLimitOf(anatomy)
  return octets > limit ? [`${octets} octets over UDP where ${limit} may be`] : []
}

/** No flag but DO, and no option that was not asked for, but Extended DNS Errors (RFC 8914 section 3). */
function judgeOpt({ via }: Case, anatomy: Anatomy | null, { opt }: Message): readonly string[] {
  if (opt === null) return []
  const asked = new Set(anatomy?.opts.flatMap(({ codes }) => codes))
  const faults: string[] = []
  if ((opt.flags & 0x7fff) !== 0) faults.push('an EDNS flag that nobody knows')
  if (new Set(opt.options).size !== opt.options.length) faults.push('an option twice')
  for (const code of opt.options) {
    const fits = code === option.error || (asked.has(code) && knownOptions.has(code))
    if (!fits || (code === option.keepalive && via === 'udp')) faults.push(`option ${code} out of place`)
  }
  return faults
}

/** A record that stands twice in the message, in whichever sections. */
function findRepeated({ answer, authority, additional }: Message): string | null {
  const seen = new Set<string>()
  for (const record of [...answer, ...authority, ...additional]) {
    const text = formatRecord(record)
    if (seen.has(text)) return text
    seen.add(text)
  }
  return null
}

/** An RRset of a truncated answer that is not whole, or not in the full answer at all (RFC 2181 section 9). */
function findTorn(cut: Message, full: Message): string | null {
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const sets = groupSets(full[section])
    for (const [key, records] of groupSets(cut[section])) {
      if (sets.get(key) !== records) return `a torn RRset in ${section}: ${key}`
    }
  }
  return null
}

function groupSets(records: Message['answer']): ReadonlyMap<string, string> {
  const sets = new Map<string, string[]>()
  for (const record of records) {
    const key = `${record.owner} TYPE${record.type}`
    const set = sets.get(key) ?? []
    set.push(formatRecord(record))
    sets.set(key, set)
  }
  return new Map([...sets].map(([key, set]) => [key, set.sort().join('\n')]))
}

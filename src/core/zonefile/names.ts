/**
 * Names in zone files. Owners are relative to the zone unless they end with a dot; targets must end with one, because
 * a name without it could mean two things and the wrong guess is served to everyone. Escapes as in master files.
 */
import type { Span } from '../base/problem.ts'
import { formatName, isNameFault, isUnder, type Name, type NameFault, parseName } from '../name/name.ts'
import { parseIpv4 } from '../rdata/a.ts'
import { parseIpv6 } from '../rdata/aaaa.ts'
import { type Reader, refuse, shown } from './doc.ts'

/** The zone's own name; a closing dot may be missing. */
export function readZoneName(reader: Reader, text: string, span: Span): Name | null {
  const hint = 'write the full name, such as `zone: svc.example.com`'
  const name = parseName(text.endsWith('.') ? text : `${text}.`, null)
  if (isNameFault(name) || name.length === 1 || strangeOctet(text) || text.includes('*')) {
    refuse(reader, 'bad-zone-name', span, `${shown(text)} is not the name of a zone`, hint)
    return null
  }
  return name
}

export function readOwner(reader: Reader, text: string, zone: Name, span: Span): Name | null {
  const name = text === '' ? zone : parseName(text, zone)
  if (isNameFault(name)) {
    refuseName(reader, name, text, span)
    return null
  }
  if (!isUnder(name, zone)) {
    const hint = `remove the closing dot if it is relative to ${formatName(zone)}`
    refuse(reader, 'outside-zone', span, `${shown(text)} is not inside the zone ${formatName(zone)}`, hint)
    return null
  }
  if (strangeOctet(text)) {
    refuse(reader, 'bad-name', span, `${shown(text)} holds characters that a name cannot have`, strangeHint)
    return null
  }
  // A label that is `*` alone may stand anywhere (RFC 4592 section 2.1.1); only in front it is a wildcard.
  if (/(^|[^\\])\*[^.]|[^.\\]\*/.test(text)) {
    const hint = "a wildcard is a `*` that is a label of its own: '*' or '*.preview'"
    refuse(reader, 'bad-name', span, `${shown(text)} has a \`*\` inside a label`, hint)
    return null
  }
  return name
}

/** A name that a record points at. */
export function readTarget(reader: Reader, text: string, zone: Name, span: Span): Name | null {
  const bare = text.replace(/\.$/, '')
  if (parseIpv4(bare) !== null || parseIpv6(bare) !== null) {
    const hint = 'write a name here, and the address in an A or AAAA record of that name'
    refuse(reader, 'bad-name', span, `${shown(text)} is an address, not a name`, hint)
    return null
  }
  const name = parseName(text, null)
  if (name === 'relative' || text === '') {
    const both = `write \`${text}.\` or \`${text}.${formatName(zone)}\``
    const hint = text === '' || text === '@' ? `write \`${formatName(zone)}\` for the zone itself` : both
    refuse(reader, 'bad-name', span, `${shown(text)} has no closing dot`, hint)
    return null
  }
  if (isNameFault(name)) {
    refuseName(reader, name, text, span)
    return null
  }
  if (strangeOctet(text)) {
    refuse(reader, 'bad-name', span, `${shown(text)} holds characters that a name cannot have`, strangeHint)
    return null
  }
  return name
}

/** The mailbox of the SOA: a name whose first label is what stands before the `@`. */
export function readMailbox(reader: Reader, text: string, zone: Name, span: Span): Name | null {
  const [local, domain, ...rest] = text.split('@')
  if (domain === undefined) return readTarget(reader, text, zone, span)
  const escaped = `${local!.replaceAll('.', '\\.')}.${domain}${domain.endsWith('.') ? '' : '.'}`
  const hint = rest.length === 0 ? `write \`${escaped}\`` : null
  refuse(reader, 'bad-name', span, `${shown(text)} is written as a mail address, but DNS has no \`@\` here`, hint)
  return null
}

const strangeHint = 'write an internationalised name in its `xn--` form, and no spaces'

/** Spaces, control characters and letters beyond ASCII, unless escaped: nobody asks for them on purpose. */
function strangeOctet(text: string): boolean {
  return /[^\x21-\x7e]/.test(text)
}

function refuseName(reader: Reader, fault: NameFault, text: string, span: Span): void {
  switch (fault) {
    case 'label-too-long':
      refuse(
        reader,
        fault,
        span,
        `${shown(text)} has a label of more than 63 octets`,
        'shorten what is between two dots',
      )
      return
    case 'name-too-long':
      refuse(reader, fault, span, `${shown(text)} comes to more than 255 octets`, 'shorten it')
      return
    case 'empty-label':
      refuse(reader, 'bad-name', span, `${shown(text)} has nothing between two dots`, 'remove one of the dots')
      return
    case 'bad-escape':
      refuse(reader, 'bad-name', span, `${shown(text)} has a \`\\\` that escapes nothing`, 'write `\\.` or `\\032`')
      return
    case 'relative':
      refuse(reader, 'bad-name', span, `${shown(text)} has no closing dot`, `write \`${text}.\``)
      return
  }
}

/** Types that Robin has no words for: `TYPE65280` and `\# length hex` (RFC 3597 sections 4 and 5). */

/** The type number of `TYPEn`, or null. */
export function parseTypeNumber(text: string): number | null {
  const match = /^TYPE([0-9]{1,5})$/i.exec(text)
  if (match === null) return null
  const code = Number(match[1])
  return code <= 0xffff ? code : null
}

/** Octets of `\# length hex…` (white space inside the hex is allowed), or null. */
export function parseGeneric(text: string): Uint8Array | null {
  const match = /^\\#\s+([0-9]{1,5})((?:\s+[0-9a-fA-F]+)*)\s*$/.exec(text.trim())
  if (match === null) return null
  const hex = match[2]!.replace(/\s+/g, '')
  const length = Number(match[1])
  if (length > 0xffff || hex.length !== length * 2) return null
  const octets = new Uint8Array(length)
  for (let i = 0; i < length; i++) octets[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return octets
}

export function formatGeneric(rdata: Uint8Array): string {
  const hex = Array.from(rdata, octet => octet.toString(16).padStart(2, '0')).join('')
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${hex}`
}

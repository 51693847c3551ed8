/**
 * Times of master files: a number of seconds, or numbers with BIND's units in any order (`1h30m`, `1w2d`, `90S`).
 * A number without a unit stands alone: `1h30` is refused, since it could mean two things.
 */
import { type Seconds, seconds } from '../base/units.ts'

const secondsMax = 0xffffffff

/** 0 to 2^32 - 1, or null. TTLs are bound closer by who takes them. */
export function parseSeconds(text: string): Seconds | null {
  if (text === '') return null
  let total = 0
  let number = -1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      number = (number < 0 ? 0 : number * 10) + (code - 0x30)
      if (number > secondsMax) return null
      continue
    }
    const unit = unitSeconds(code | 0x20)
    if (unit === 0 || number < 0) return null
    total += number * unit
    number = -1
    if (total > secondsMax) return null
  }
  if (number < 0) return seconds(total)
  return /^[0-9]+$/.test(text) ? seconds(number) : null
}

/** Seconds of a lower-case unit letter, 0 for any other octet. */
function unitSeconds(letter: number): number {
  switch (letter) {
    case 0x77:
      return 604_800
    case 0x64:
      return 86_400
    case 0x68:
      return 3600
    case 0x6d:
      return 60
    case 0x73:
      return 1
    default:
      return 0
  }
}

/**
 * The part of the config file that says how much of all answers a reload may take away (`limits.max_change`).
 */
import { z } from 'zod'
import { type Path, type Reader, refuse, shown } from '../core/zonefile/doc.ts'

export const maxChangeShape = z
  .string()
  .meta({ pattern: '^(?:100|[1-9]?[0-9])%$', examples: ['50%'] })
  .describe('A reload that would take away more of all answers is refused unless forced; 100% is off (default 50%).')

/** A share from 0 to 1, or null after having reported that it is none. */
export function readMaxChange(reader: Reader, text: string, path: Path): number | null {
  const percent = /^(100|[1-9]?[0-9])%$/.exec(text)
  if (percent !== null) return Number(percent[1]) / 100
  refuse(
    reader,
    'bad-value',
    reader.doc.valueSpan(path),
    `${shown(text)} is not a share`,
    'write 50%, or 100% for no limit',
  )
  return null
}

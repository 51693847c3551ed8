/**
 * What octoDNS 1.22 asks of a zone file, as far as a schema can say it and beyond: keys in natural order everywhere,
 * every pool reached, fallbacks that end, a rule for everyone last, no weight on a pool of one. Our own statement of
 * what its documentation and its messages say, since the program itself cannot be run here.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { misfits } from '../../unit/zonefile/json-schema.ts'

const schema = JSON.parse(readFileSync(new URL('./zone.schema.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

interface Dynamic {
  readonly pools: Readonly<Record<string, { fallback?: string; values: { value: string; weight?: number }[] }>>
  readonly rules: readonly { pool: string; subnets?: string[]; geos?: string[] }[]
}

/** What octoDNS would complain of; empty where it loads the file. YAML 1.1, as octoDNS reads it. */
export function octodnsComplaints(text: string): readonly string[] {
  const options = { version: '1.1' } as const
  const ordered = parse(text, { ...options, mapAsMap: true }) as ReadonlyMap<unknown, unknown>
  const tree = parse(text, options) as Record<string, unknown>
  const complaints = [...misfits(schema, tree), ...disorder(ordered, '')]
  for (const [owner, records] of Object.entries(tree)) {
    for (const record of [records].flat() as readonly { dynamic?: Dynamic }[]) {
      if (record.dynamic !== undefined)
        complaints.push(...judgeDynamic(record.dynamic).map(said => `${owner}: ${said}`))
    }
  }
  return complaints
}

function disorder(value: unknown, at: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry, i) => disorder(entry, `${at}/${i}`))
  if (!(value instanceof Map)) return []
  const keys = [...value.keys()].map(String)
  const sorted = [...keys].sort(naturally)
  const here = keys.every((key, i) => key === sorted[i]) ? [] : [`${at}: keys out of order: ${keys.join(' ')}`]
  return [...here, ...[...value].flatMap(([key, inner]) => disorder(inner, `${at}/${String(key)}`))]
}

/** Texts and numbers in turn, each compared as what it is. */
function naturally(a: string, b: string): number {
  const cut = (text: string) => text.split(/(\d+)/).map((part, i) => (i % 2 === 1 ? Number(part) : part))
  const left = cut(a)
  const right = cut(b)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue
    return left[i]! < right[i]! ? -1 : 1
  }
  return left.length - right.length
}

function judgeDynamic({ pools, rules }: Dynamic): readonly string[] {
  const complaints: string[] = []
  const reached = new Set<string>()
  for (const [name, { fallback, values }] of Object.entries(pools)) {
    if (values.length === 1 && (values[0]!.weight ?? 1) !== 1)
      complaints.push(`pool ${name} has single value with weight`)
    if (fallback === undefined) continue
    reached.add(fallback)
    const seen = new Set([name])
    for (let next: string | undefined = fallback; next !== undefined; next = pools[next]?.fallback) {
      if (pools[next] === undefined) complaints.push(`undefined fallback ${next}`)
      if (seen.has(next)) {
        complaints.push(`loop in pool fallbacks at ${next}`)
        break
      }
      seen.add(next)
    }
  }
  rules.forEach(({ pool, subnets, geos }, i) => {
    if (pools[pool] === undefined) complaints.push(`rule ${i + 1} undefined pool ${pool}`)
    reached.add(pool)
    const isDefault = subnets === undefined && geos === undefined
    if (isDefault !== (i === rules.length - 1)) complaints.push(`rule ${i + 1} is not where it belongs`)
  })
  for (const name of Object.keys(pools)) if (!reached.has(name)) complaints.push(`unused pool ${name}`)
  return complaints
}

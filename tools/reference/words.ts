/** One schema of a key in a few words: what it takes, what holds without it, what it means. */
export type Schema = Readonly<Record<string, unknown>>

/** Descriptions say it at their end or in their middle: `(default 5s)`. */
const defaultPattern = /\s*\(default:? ((?:[^()]|\([^()]*\))*)\)/

export function defaultOf(schema: Schema): string | null {
  return defaultPattern.exec(descriptionOf(schema))?.[1] ?? null
}

export function meaningOf(schema: Schema): string {
  return descriptionOf(schema).replace(defaultPattern, '')
}

function descriptionOf(schema: Schema): string {
  return typeof schema['description'] === 'string' ? schema['description'] : ''
}

/** The definition that it refers to, or null. */
export function linkOf(schema: Schema): string | null {
  const all = (schema['allOf'] ?? []) as readonly Schema[]
  const reference = schema['$ref'] ?? all[0]?.['$ref']
  return typeof reference === 'string' ? reference.replace('#/definitions/', '') : null
}

/** In Markdown, without bars. */
export function takes(schema: Schema): string {
  const link = linkOf(schema)
  if (link === 'duration') return 'time'
  if (link !== null) return `[${link}](#${link.toLowerCase()})`
  const options = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined
  if (options !== undefined) return [...new Set(options.map(takes))].join(' or ')
  if (schema['const'] !== undefined) return `\`${String(schema['const'])}\``
  if (Array.isArray(schema['enum'])) return schema['enum'].map(word => `\`${word}\``).join(', ')
  return byType(schema)
}

function byType(schema: Schema): string {
  switch (schema['type']) {
    case 'string':
      return `text${exampleOf(schema)}`
    case 'integer':
      return `whole number${boundsOf(schema)}`
    case 'number':
      return `number${boundsOf(schema)}`
    case 'boolean':
      return '`true`, `false`'
    case 'null':
      return '`~`'
    case 'array':
      return `list of ${takes((schema['items'] ?? {}) as Schema)}${entriesOf(schema)}`
    case 'object':
      return schema['properties'] === undefined ? 'map by name' : 'map'
    default:
      return 'as described'
  }
}

function boundsOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined && maximum === undefined) return ''
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return `, ${String(minimum)} or more`
  return `, ${String(minimum)} to ${String(maximum)}`
}

function entriesOf({ maxItems }: Schema): string {
  return maxItems === undefined ? '' : `, at most ${String(maxItems)}`
}

function exampleOf({ examples, pattern }: Schema): string {
  const [first] = (examples ?? []) as readonly unknown[]
  if (typeof first === 'string') return ` such as \`${first}\``
  return pattern === '^/' ? ' that begins with `/`' : ''
}

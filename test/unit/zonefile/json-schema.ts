/**
 * A judge of JSON Schema draft 7, and of the schemas in an OpenAPI document, as far as ours use it: what an editor does
 * with them, in sixty lines. A keyword that it does not know is an error, so that a schema cannot outgrow it unnoticed.
 */
type Schema = Readonly<Record<string, unknown>>

const silent = new Set(['$schema', 'title', 'description', 'examples', 'definitions', 'id'])

/** Where the value does not fit, as JSON pointers; empty if it does. */
export function misfits(root: Schema, value: unknown, schema: Schema = root, at = ''): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, wanted]) => judgeKeyword(root, schema, keyword, wanted, value, at))
}

function judgeKeyword(
  root: Schema,
  schema: Schema,
  keyword: string,
  wanted: unknown,
  value: unknown,
  at: string,
): readonly string[] {
  const also = (other: unknown, inner = value, place = at) => misfits(root, inner, other as Schema, place)
  const unless = (fits: boolean) => (fits ? [] : [at])
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = isObject ? Object.entries(value) : []
  switch (keyword) {
    case '$ref':
      return also(resolve(root, String(wanted)))
    case 'type':
      return unless(isOfType(wanted, value))
    case 'const':
      return unless(value === wanted)
    case 'enum':
      return unless((wanted as readonly unknown[]).includes(value))
    case 'pattern':
      return unless(typeof value !== 'string' || new RegExp(wanted as string, 'u').test(value))
    case 'minimum':
      return unless(typeof value !== 'number' || value >= (wanted as number))
    case 'exclusiveMinimum':
      return unless(typeof value !== 'number' || value > (wanted as number))
    case 'maximum':
      return unless(typeof value !== 'number' || value <= (wanted as number))
    case 'minLength':
      return unless(typeof value !== 'string' || value.length >= (wanted as number))
    case 'minItems':
      return unless(!Array.isArray(value) || value.length >= (wanted as number))
    case 'maxItems':
      return unless(!Array.isArray(value) || value.length <= (wanted as number))
    case 'items':
      return Array.isArray(value) ? value.flatMap((item, i) => also(wanted, item, `${at}/${i}`)) : []
    case 'required':
      return unless(!isObject || (wanted as readonly string[]).every(key => Object.hasOwn(value, key)))
    case 'properties': {
      const properties = wanted as Readonly<Record<string, Schema>>
      return entries.flatMap(([key, inner]) => (properties[key] ? also(properties[key], inner, `${at}/${key}`) : []))
    }
    case 'propertyNames':
      return entries.flatMap(([key]) => also(wanted, key, `${at}/${key}`))
    case 'additionalProperties': {
      const known = (schema['properties'] ?? {}) as Schema
      const others = entries.filter(([key]) => known[key] === undefined)
      return others.flatMap(([key, inner]) =>
        wanted === false ? [`${at}/${key}`] : also(wanted, inner, `${at}/${key}`),
      )
    }
    case 'oneOf':
      return unless((wanted as readonly Schema[]).filter(option => also(option).length === 0).length === 1)
    case 'anyOf':
      return unless((wanted as readonly Schema[]).some(option => also(option).length === 0))
    case 'allOf':
      return (wanted as readonly Schema[]).flatMap(option => also(option))
    case 'if':
      return also(also(wanted).length === 0 ? schema['then'] : schema['else'])
    case 'then':
    case 'else':
      return []
    default:
      if (!silent.has(keyword)) throw new Error(`a keyword that this judge does not know: ${keyword}`)
      return []
  }
}

/** What a reference within the document points at; it must be there. */
export function resolve(root: Schema, reference: string): Schema {
  const found = reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Schema | undefined)?.[key], root)
  if (!reference.startsWith('#/') || found === undefined) throw new Error(`${reference} leads nowhere`)
  return found as Schema
}

function isOfType(wanted: unknown, value: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some(one => isOfType(one, value))
  switch (wanted) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'null':
      return value === null
    default:
      return typeof value === wanted
  }
}

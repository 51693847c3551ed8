/**
 * The page of every key of zone files, sidecars and the config file, made from the JSON Schemas, which are made from
 * the shapes that judge those files. A key that is read stands here, and nothing else does.
 */
import { sidecarJsonSchema, zoneJsonSchema } from '../../src/core/zonefile/index.ts'
import { configJsonSchema } from '../../src/shell/settings-file.ts'
import { defaultOf, linkOf, meaningOf, type Schema, takes } from './words.ts'

interface Chapter {
  readonly title: string
  readonly intro: string
  readonly schema: Schema
}

type Definitions = Readonly<Record<string, Schema>>

interface Row {
  readonly path: string
  readonly schema: Schema
  readonly required: boolean
}

const zoneIntro = [
  'One YAML file a zone, `zones/NAME.yaml`. A file without any of the keys below is read as a plain octoDNS zone:',
  'owners and their records. Times are a number of seconds, or text such as `30s`, `5m`, `1h30m`.',
].join(' ')
const sidecarIntro = 'What a master file `NAME.zone` has no words for, in `NAME.health.yaml` beside it.'
const configIntro = 'For `robin serve --config FILE`. Flags win over it; relative paths begin where the file lies.'

export function optionsPage(): string {
  const zone = zoneJsonSchema() as Schema
  const parts = [
    '# Every option\n',
    'Made from the shapes that judge the files (`node tools/reference.ts`); editors complete the same from',
    '[schema/](../schema/). A key that is not listed is refused, with its place and the nearest one that is.\n',
    ...chapter({ title: 'The zone file', intro: zoneIntro, schema: { ...zone, ...(zone['then'] as Schema) } }),
    ...definitionsOf(zone),
    ...chapter({ title: 'The health of a master file', intro: sidecarIntro, schema: sidecarJsonSchema() as Schema }),
    ...chapter({ title: 'The config file', intro: configIntro, schema: configJsonSchema() as Schema }),
  ]
  return `${parts.join('\n')}`
}

function chapter({ title, intro, schema }: Chapter): readonly string[] {
  return [`## ${title}\n\n${intro}\n`, table(rowsOf(schema), definitionsIn(schema))]
}

/** Definitions of the zone file that have keys; the other two files use no further ones. */
function definitionsOf(zone: Schema): readonly string[] {
  const definitions = definitionsIn(zone)
  return Object.entries(definitions).flatMap(([name, schema]) => {
    if (name === 'checkDefinition') return checkSections(optionsOf(schema), definitions)
    if (name === 'record') return recordSections(optionsOf(schema), definitions)
    const options = optionsOf(schema)
    const rows = options.length === 0 ? rowsOf(schema) : options.flatMap(option => rowsOf(option))
    if (rows.length === 0) return []
    const simple = options.filter(option => rowsOf(option).length === 0).map(takes)
    const lead = [
      schema['description'] ?? '',
      simple.length === 0 ? '' : `Also ${simple.join(' or ')} instead of a map.`,
    ]
    return [`### ${name}\n`, ...lead.filter(line => line !== '').map(line => `${line}\n`), table(rows, definitions)]
  })
}

/** What all protocols share stands once. */
function checkSections(variants: readonly Schema[], definitions: Definitions): readonly string[] {
  const [first] = variants
  const same = (key: string): boolean =>
    variants.every(each => JSON.stringify(keysOf(each)[key]) === JSON.stringify(keysOf(first!)[key]))
  const shared = new Set(Object.keys(keysOf(first!)).filter(same))
  const own = variants.flatMap(variant => {
    const rows = rowsOf(variant).filter(({ path }) => !shared.has(path) && path !== 'protocol')
    const name = constOf(keysOf(variant)['protocol'])
    return [`#### ${name}\n`, rows.length === 0 ? 'No keys of its own.\n' : table(rows, definitions)]
  })
  return [
    '### checkDefinition\n',
    'What stands under a name in `checks`. `protocol` is one of the headings below; these keys go with each of them:\n',
    table(
      rowsOf(first!).filter(({ path }) => shared.has(path)),
      definitions,
    ),
    ...own,
  ]
}

/** Types whose keys are alike share a section. */
function recordSections(variants: readonly Schema[], definitions: Definitions): readonly string[] {
  const alike = Map.groupBy(variants, variant => JSON.stringify({ ...keysOf(variant), type: null }))
  const sections = [...alike.values()].flatMap(group => {
    const names = group.map(variant => constOf(keysOf(variant)['type']) ?? 'TYPE followed by a number')
    return [
      `#### ${names.join(', ')}\n`,
      table(
        rowsOf(group[0]!).filter(({ path }) => path !== 'type'),
        definitions,
      ),
    ]
  })
  return ['### record\n', 'Under an owner stands one record, or a list of records of different types.\n', ...sections]
}

/** Every key below a schema, those within maps and lists by path. */
function rowsOf(schema: Schema, prefix = ''): readonly Row[] {
  const required = new Set((schema['required'] ?? []) as readonly string[])
  return Object.entries(keysOf(schema)).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    const sibling = keysOf(schema)['value']
    const repeats = key === 'values' && JSON.stringify(value['items']) === JSON.stringify(bare(sibling))
    return [{ path, schema: value, required: required.has(key) }, ...(repeats ? [] : below(value, path))]
  })
}

/** Without what its place says of it. */
function bare(schema: Schema | undefined): unknown {
  if (schema === undefined) return undefined
  const { description: _, ...rest } = schema
  const [only, ...more] = (rest['allOf'] ?? []) as readonly unknown[]
  return more.length === 0 && only !== undefined ? only : rest
}

function below(schema: Schema, path: string): readonly Row[] {
  if (linkOf(schema) !== null) return []
  const options = optionsOf(schema)
  if (options.length > 0) return options.flatMap(option => below(option, path))
  const entry = schema['items'] as Schema | undefined
  if (entry !== undefined) return below(entry, `${path}[]`)
  const named = schema['additionalProperties']
  if (typeof named === 'object' && named !== null && schema['properties'] === undefined) {
    return below(named as Schema, `${path}.NAME`)
  }
  return rowsOf(schema, `${path}.`)
}

function optionsOf(schema: Schema): readonly Schema[] {
  return (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly Schema[]
}

function keysOf(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
}

function constOf(schema: Schema | undefined): string | null {
  return typeof schema?.['const'] === 'string' ? schema['const'] : null
}

function definitionsIn(schema: Schema): Definitions {
  return (schema['definitions'] ?? {}) as Definitions
}

/** A key of which only its kind is told means what that kind means. */
function table(rows: readonly Row[], definitions: Definitions): string {
  const lines = rows.map(({ path, schema, required }) => {
    const usual = required ? 'required' : (defaultOf(schema) ?? '–')
    const meaning = meaningOf(schema) || meaningOf(definitions[linkOf(schema) ?? ''] ?? {})
    return `| \`${path}\` | ${takes(schema)} | ${cell(usual)} | ${cell(meaning)} |`
  })
  return ['| key | takes | default | |', '|---|---|---|---|', ...lines, ''].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/**
 * Writes the JSON Schemas that editors complete zone files and the config with, those of what verbs print for scripts,
 * and the OpenAPI document of the HTTP interface; or tells that those on disk are not what the shapes make now. They
 * are generated from the shapes that judge the files, or that what is printed is held to, and committed, so that a zone
 * file in a clone has its schema beside it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sidecarJsonSchema, zoneJsonSchema } from '../core/zonefile/index.ts'
import { openApiDocument } from '../edge/admin/openapi.ts'
import { configJsonSchema } from '../shell/settings-file.ts'
import { readVersion } from '../shell/version.ts'
import { exitCodes, type Io } from './io.ts'
import { outputJsonSchemas } from './outputs-shape.ts'

export const schemaFolder = 'schema'

export interface SchemaOptions {
  readonly folder?: string
  /** Writes nothing; exit code 1 if a file is missing or differs. */
  readonly check?: boolean
}

export async function runSchema(io: Pick<Io, 'out' | 'err'>, options: SchemaOptions = {}): Promise<number> {
  const { folder = schemaFolder, check = false } = options
  if (!check) {
    for (const path of await writeSchemas(folder)) io.out(`wrote ${path}\n`)
    return exitCodes.ok
  }
  const stale = await staleSchemas(folder)
  for (const path of stale) io.err(`${path} is not what the shapes make: run \`npm run schema\`\n`)
  return stale.length === 0 ? exitCodes.ok : exitCodes.failed
}

/** Yields the paths written. */
export async function writeSchemas(folder: string): Promise<readonly string[]> {
  const made = makeSchemas(folder)
  for (const { path, text } of made) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return made.map(({ path }) => path)
}

/** Paths of schemas that are missing or differ. */
export async function staleSchemas(folder: string): Promise<readonly string[]> {
  const stale: string[] = []
  for (const { path, text } of makeSchemas(folder)) {
    if ((await readIfThere(path)) !== text) stale.push(path)
  }
  return stale
}

function makeSchemas(folder: string): readonly { readonly path: string; readonly text: string }[] {
  const outputs = [...outputJsonSchemas()].map(([verb, schema]) => {
    return [`output/${verb.replaceAll(' ', '-')}.schema.json`, schema]
  })
  const schemas = {
    'zone.schema.json': zoneJsonSchema(),
    'health.schema.json': sidecarJsonSchema(),
    'config.schema.json': configJsonSchema(),
    'openapi.json': openApiDocument(readVersion()),
    ...Object.fromEntries(outputs),
  }
  return Object.entries(schemas).map(([file, schema]) => ({
    path: join(folder, file),
    text: `${JSON.stringify(schema, null, 2)}\n`,
  }))
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

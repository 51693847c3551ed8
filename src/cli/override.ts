/**
 * `robin drain`, `robin force` and `robin release`: the operator's word on a member, given to a running server. A
 * refusal names the records that the order would leave without their floor; `--force` gives it all the same.
 * `drain --wait` returns when no cache that keeps to our TTLs can still hold the address.
 */
import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseDuration } from '../core/zonefile/duration.ts'
import { type Counter, fetchJson, findCounter, giveOrder } from './client.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { formatDuration } from './render-text.ts'

export interface OrderOptions {
  readonly admin: string
  readonly tokenFile?: string
  readonly json: boolean
}

export interface OverrideOptions extends OrderOptions {
  readonly for?: string
  readonly reason?: string
  readonly force?: boolean
  readonly wait?: boolean
  readonly timeout?: string
}

/** Longest wait for caches where none is given; a TTL beyond it is rare. */
const waitDefaultMs = 600_000
/** Between two looks while the address is still answered. */
const lookMs = 200
const lookMsMax = 1000

const words = { drained: 'drained', 'forced-up': 'forced up', 'forced-down': 'forced down' } as const
export type OverrideWord = keyof typeof words

export async function runOverride(
  target: string,
  override: OverrideWord,
  options: OverrideOptions,
  io: Io,
): Promise<number> {
  const forMs = options.for === undefined ? null : readSpan(options.for, '--for')
  const timeoutMs = options.timeout === undefined ? waitDefaultMs : readSpan(options.timeout, '--timeout')
  const counter = await findCounter(options.admin, options.tokenFile ?? null, io)
  if (typeof counter === 'number') return counter
  const answer = await giveOrder(
    counter,
    'api/v1/overrides',
    {
      target,
      override,
      reason: options.reason ?? '',
      author: authorOf(io),
      force: options.force === true,
      ...(forMs === null ? {} : { forMs }),
    },
    io,
  )
  if (typeof answer === 'number') return answer
  if (answer.status !== 200) return explainRefusal(answer.value, options, io)
  const { members = [] } = answer.value as { members?: readonly { owner: string; type: string; address: string }[] }
  const end = forMs === null ? 'until it is released' : `for ${formatDuration(forMs)}`
  if (!options.json) {
    io.out(`${target} is ${words[override]} ${end}\n`)
    for (const { owner, type, address } of members) io.out(`  ${owner} ${type} ${address}\n`)
  }
  const waited = options.wait === true ? await waitForCaches(counter, target, timeoutMs, options.json, io) : null
  if (typeof waited === 'number' && waited !== exitCodes.ok) return waited
  if (options.json) io.out(`${JSON.stringify(answer.value, null, 2)}\n`)
  return exitCodes.ok
}

export async function runRelease(target: string, options: OrderOptions, io: Io): Promise<number> {
  const counter = await findCounter(options.admin, options.tokenFile ?? null, io)
  if (typeof counter === 'number') return counter
  const answer = await giveOrder(counter, 'api/v1/release', { target, author: authorOf(io) }, io)
  if (typeof answer === 'number') return answer
  if (answer.status !== 200) return explainRefusal(answer.value, options, io)
  if (options.json) io.out(`${JSON.stringify(answer.value, null, 2)}\n`)
  else {
    const { orders = [], pools = [] } = answer.value as { orders?: readonly string[]; pools?: readonly string[] }
    for (const order of orders) io.out(`${order} is released\n`)
    for (const pool of pools) io.out(`${pool} may go back to its first tier\n`)
  }
  return exitCodes.ok
}

/** The user that the environment names, else the one that the process runs as; a user without a name is no obstacle. */
function authorOf({ user }: Io): string {
  if (user !== null) return user
  try {
    return userInfo().username
  } catch (error) {
    return error instanceof Error ? '' : String(error)
  }
}

/** Looks until the address is answered no more and its last answer is over. */
async function waitForCaches(
  counter: Counter,
  target: string,
  timeoutMs: number,
  quiet: boolean,
  io: Io,
): Promise<number> {
  const url = new URL('api/v1/caches', counter.url)
  url.searchParams.set('target', target)
  const startedMs = io.now()
  for (let told = ''; ; ) {
    const fetched = await fetchJson(url)
    if (fetched.kind !== 'json' || fetched.status !== 200) {
      io.err(`robin: the server does not say how it stands with ${target}\n`)
      return fetched.kind === 'timeout' ? exitCodes.timeout : exitCodes.failed
    }
    const { answered, heldForMs } = fetched.value as { answered: readonly string[]; heldForMs: number }
    if (answered.length === 0 && heldForMs === 0) {
      if (!quiet) io.out(`no cache can still hold ${target}\n`)
      return exitCodes.ok
    }
    if (io.now() - startedMs >= timeoutMs) {
      const state = answered.length > 0 ? `still answered for ${answered.join(', ')}` : 'still in caches'
      io.err(`robin: ${target} is ${state} after ${formatDuration(timeoutMs)}\n`)
      return exitCodes.timeout
    }
    const now =
      answered.length > 0 ? `still answered for ${answered.join(', ')}` : `in caches for ${formatDuration(heldForMs)}`
    if (io.terminal && !quiet && now !== told) io.err(`  ${now}\n`)
    told = now
    await pause(answered.length > 0 ? lookMs : Math.min(Math.max(heldForMs, lookMs), lookMsMax))
  }
}

function explainRefusal(value: unknown, options: OrderOptions, io: Io): number {
  const {
    text = 'refused',
    pools = [],
    by = [],
  } = (value ?? {}) as {
    text?: string
    pools?: readonly string[]
    by?: readonly string[]
  }
  if (options.json) io.out(`${JSON.stringify(value, null, 2)}\n`)
  io.err(`robin: ${text}\n`)
  for (const name of [...pools, ...by]) io.err(`  ${name}\n`)
  return exitCodes.failed
}

function readSpan(text: string, flag: string): number {
  const span = parseDuration(/^[0-9]+$/.test(text) ? Number(text) : text)
  if (span === null || span <= 0)
    throw new UsageFault(`${flag} takes a duration such as 30m, not ${JSON.stringify(text)}`)
  return span
}

/**
 * What an operator may order over HTTP, read from JSON: nothing in it is believed before it was looked at, and every
 * fault is one sentence that names the key. An unknown key is a fault too, since an option that is passed over would be
 * taken for one that was obeyed.
 */
import type { OverrideOrder } from '../roster/types.ts'

export interface OverrideRequest {
  /** An address, `address:port`, a member name or `owner=address`. */
  readonly target: string
  readonly override: OverrideOrder['override']
  readonly reason: string
  readonly author: string
  /** How long it stands, in milliseconds; absent: until it is released. */
  readonly forMs?: number
  /** Obey even where a pool would be left without its floor. */
  readonly force?: boolean
}

export interface ReleaseRequest {
  readonly target: string
  readonly author: string
}

export interface ReloadRequest {
  /** Take the files even where they would take away more of all answers than `max_change` allows. */
  readonly force: boolean
}

export type Reading<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'bad'; readonly text: string }

/** Characters of a target, a reason or an author. What is longer is no slip of the hand. */
const textMax = 1_000
const overrideWords = ['drained', 'forced-up', 'forced-down'] as const

export function readOverrideRequest(value: unknown): Reading<OverrideRequest> {
  const fields = readFields(value, ['target', 'override', 'reason', 'author', 'forMs', 'force'])
  if (typeof fields === 'string') return bad(fields)
  const target = readText(fields, 'target')
  const override = overrideWords.find(word => word === fields.get('override'))
  const forMs = fields.get('forMs')
  const force = fields.get('force')
  const reason = readText(fields, 'reason', '')
  const author = readText(fields, 'author', '')
  if (target === null || reason === null || author === null)
    return bad(`\`target\`, \`reason\` and \`author\` are text`)
  if (override === undefined) return bad(`\`override\` is one of ${overrideWords.join(', ')}`)
  if (forMs !== undefined && !(typeof forMs === 'number' && Number.isFinite(forMs) && forMs > 0)) {
    return bad('`forMs` is a number of milliseconds above 0')
  }
  if (force !== undefined && typeof force !== 'boolean') return bad('`force` is true or false')
  const optional = { ...(forMs === undefined ? {} : { forMs }), ...(force === undefined ? {} : { force }) }
  return { kind: 'ok', value: { target, override, reason, author, ...optional } }
}

export function readReleaseRequest(value: unknown): Reading<ReleaseRequest> {
  const fields = readFields(value, ['target', 'author'])
  if (typeof fields === 'string') return bad(fields)
  const target = readText(fields, 'target')
  const author = readText(fields, 'author', '')
  if (target === null || author === null) return bad('`target` and `author` are text')
  return { kind: 'ok', value: { target, author } }
}

export function readReloadRequest(value: unknown): Reading<ReloadRequest> {
  const fields = readFields(value, ['force'])
  if (typeof fields === 'string') return bad(fields)
  const force = fields.get('force') ?? false
  return typeof force === 'boolean' ? { kind: 'ok', value: { force } } : bad('`force` is true or false')
}

/** The keys of an object, or the fault. */
function readFields(value: unknown, known: readonly string[]): ReadonlyMap<string, unknown> | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the body is a JSON object'
  const fields = new Map<string, unknown>(Object.entries(value))
  const strange = [...fields.keys()].find(key => !known.includes(key))
  return strange === undefined
    ? fields
    : `there is no key ${JSON.stringify(strange)} here; known are ${known.join(', ')}`
}

function readText(fields: ReadonlyMap<string, unknown>, key: string, fallback?: string): string | null {
  const value = fields.get(key) ?? fallback
  return typeof value === 'string' && value.length <= textMax ? value : null
}

function bad(text: string): { readonly kind: 'bad'; readonly text: string } {
  return { kind: 'bad', text }
}

/**
 * Orders and questions to the server. The token is shown in a header only and kept for as long as the tab is open; one
 * that was refused is forgotten, so that it is asked for again.
 */

import type { Explanation } from '../src/core/view/explain.ts'
import type { OverrideRequest } from '../src/core/view/orders.ts'
import type { CachedView } from '../src/core/view/status.ts'

export type Reply =
  | { readonly kind: 'done' }
  | { readonly kind: 'no-token' }
  | { readonly kind: 'would-hurt'; readonly text: string; readonly pools: readonly string[] }
  | { readonly kind: 'refused'; readonly text: string }

export interface Credentials {
  readonly token: string
  readonly author: string
}

const tokenKey = 'robin.token'
const authorKey = 'robin.author'

export function readCredentials(): Credentials | null {
  const token = sessionStorage.getItem(tokenKey)
  return token === null ? null : { token, author: sessionStorage.getItem(authorKey) ?? '' }
}

export function keepCredentials({ token, author }: Credentials): void {
  sessionStorage.setItem(tokenKey, token)
  sessionStorage.setItem(authorKey, author)
}

export function forgetCredentials(): void {
  sessionStorage.removeItem(tokenKey)
}

export function giveOverride(order: Omit<OverrideRequest, 'author'>, credentials: Credentials): Promise<Reply> {
  return post('api/v1/overrides', { ...order, author: credentials.author }, credentials.token)
}

export function giveRelease(target: string, { token, author }: Credentials): Promise<Reply> {
  return post('api/v1/release', { target, author }, token)
}

/** A sentence where there is no explanation. */
export async function askExplanation(name: string, type: string, from: string): Promise<Explanation | string> {
  const query = new URLSearchParams({ name, ...(type === '' ? {} : { type }), ...(from === '' ? {} : { from }) })
  const { status, body } = await ask(`api/v1/explain?${query}`)
  return status === 200 ? (body as Explanation) : textOf(body)
}

/** Null if the server cannot be asked or does not know. */
export async function askCaches(target: string): Promise<CachedView | null> {
  const { status, body } = await ask(`api/v1/caches?${new URLSearchParams({ target })}`)
  return status === 200 ? (body as CachedView) : null
}

async function post(path: string, order: unknown, token: string): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const { status, body } = await ask(path, { method: 'POST', headers, body: JSON.stringify(order) })
  if (status === 200) return { kind: 'done' }
  if (status === 401) {
    forgetCredentials()
    return { kind: 'no-token' }
  }
  if (status === 409 && (body as { error?: string }).error === 'would-hurt') {
    return { kind: 'would-hurt', text: textOf(body), pools: (body as { pools: readonly string[] }).pools }
  }
  return { kind: 'refused', text: textOf(body) }
}

interface Answer {
  /** 0: the server could not be reached. */
  readonly status: number
  readonly body: unknown
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const response = await fetch(path, { cache: 'no-store', ...init })
    return { status: response.status, body: (await response.json()) as unknown }
  } catch {
    return { status: 0, body: { text: 'the server cannot be reached' } }
  }
}

function textOf(body: unknown): string {
  const text = typeof body === 'object' && body !== null ? (body as { text?: unknown }).text : null
  return typeof text === 'string' ? text : 'the server said something else than expected'
}

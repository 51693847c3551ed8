/**
 * One small web server that can be made to fail in the ways real ones do, so that a newcomer sees a check notice.
 * `refuse`: nobody listens, connections are refused · `status`: answers, with 503 · `hang`: accepts and never
 * answers · `slow`: answers later than checks wait. Invariant: changes of mood happen one after the other, and a
 * healed backend listens on the port it had.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { never } from '../../core/base/assert.ts'
import type { SocketAddress } from '../../core/ports.ts'
import { type Listener, openListener, sendText } from './listener.ts'

export const ailments = ['refuse', 'status', 'hang', 'slow'] as const
export type Ailment = (typeof ailments)[number]

export interface BackendState extends SocketAddress {
  readonly number: number
  /** Null while it is well. */
  readonly ailment: Ailment | null
  /** Requests that came in since it was started. */
  readonly requests: number
}

export interface Backend {
  state(): BackendState
  fail(how: Ailment): Promise<void>
  /** Rejects if somebody else took the port meanwhile. */
  heal(): Promise<void>
  close(): Promise<void>
}

/** Longer than any check of the demo waits. */
const slowAnswerMs = 5000

/** Rejects with the system's error if the address cannot be had. */
export async function createBackend(
  number: number,
  address: SocketAddress,
  options: { readonly slowMs: number } = { slowMs: slowAnswerMs },
): Promise<Backend> {
  let ailment: Ailment | null = null
  let requests = 0
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests++
    switch (ailment) {
      case null:
        respond(number, bound, request, response)
        return
      case 'status':
        sendText(response, 503, `backend ${number} is failing on purpose`)
        return
      case 'slow': {
        const later = setTimeout(() => respond(number, bound, request, response), options.slowMs)
        response.once('close', () => clearTimeout(later))
        return
      }
      case 'hang':
        return
      case 'refuse':
        request.socket.destroy()
        return
      default:
        never(ailment)
    }
  }
  let listener: Listener | null = await openListener(address, answer)
  const bound: SocketAddress = { host: listener.host, port: listener.port }

  /** Whoever was connected under the old mood is let go, so that the new one shows at once. */
  const change = async (next: Ailment | null): Promise<void> => {
    if (next === 'refuse') {
      await listener?.close()
      listener = null
    } else {
      listener ??= await openListener(bound, answer)
      listener.hangUp()
    }
    ailment = next
  }
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const done = turn.then(task)
    turn = done.catch(() => undefined)
    return done
  }
  return {
    state: () => ({ number, ...bound, ailment, requests }),
    fail: how => inTurn(() => change(how)),
    heal: () => inTurn(() => change(null)),
    close: () =>
      inTurn(async () => {
        await listener?.close()
        listener = null
      }),
  }
}

function respond(number: number, at: SocketAddress, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendText(response, 405, 'GET or HEAD, please')
  } else if (request.url === '/healthz') {
    sendText(response, 200, `UP ${number}`)
  } else if (request.url === '/') {
    sendText(response, 200, `This is backend ${number} on ${at.host}:${at.port}`)
  } else {
    sendText(response, 404, 'try / or /healthz')
  }
}

/**
 * The demo's little world: web servers on neighbouring loopback addresses, and the door to make them fail.
 * All of it opens or none of it: if one address cannot be had, those already open are closed again.
 */
import type { SocketAddress } from '../../core/ports.ts'
import { type Backend, type BackendState, createBackend } from './backend.ts'
import { createControl } from './control.ts'
import type { Listener } from './listener.ts'

export const demoPlaces = {
  control: '127.0.0.10',
  backends: ['127.0.0.11', '127.0.0.12', '127.0.0.13'],
  port: 8053,
} as const

export interface DemoPlaces {
  readonly control: string
  readonly backends: readonly string[]
  /** One port for all of them; 0 lets the system choose one for each. */
  readonly port: number
}

export interface Demo {
  readonly control: SocketAddress
  states(): readonly BackendState[]
  /** Idempotent. */
  close(): Promise<void>
}

/** An address that could not be had: which one, and the system's error. */
export interface DemoFault {
  readonly at: SocketAddress
  readonly error: unknown
}

export function isDemoFault(value: Demo | DemoFault): value is DemoFault {
  return 'error' in value
}

export async function createDemo(places: DemoPlaces = demoPlaces): Promise<Demo | DemoFault> {
  const backends: Backend[] = []
  let at: SocketAddress = { host: places.control, port: places.port }
  let control: Listener
  try {
    for (const host of places.backends) {
      at = { host, port: places.port }
      backends.push(await createBackend(backends.length + 1, at))
    }
    at = { host: places.control, port: places.port }
    control = await createControl(backends, at)
  } catch (error) {
    await Promise.all(backends.map(backend => backend.close()))
    return { at, error }
  }
  return {
    control: { host: control.host, port: control.port },
    states: () => backends.map(backend => backend.state()),
    close: async () => {
      await Promise.all([control.close(), ...backends.map(backend => backend.close())])
    },
  }
}

/**
 * What is settled before a server reads or opens anything: as whom it runs, and where it will answer. An address that
 * another program has is refused here, before anything else costs time; sockets that a service manager opened take the
 * place of our own.
 */
import type { Journal, SocketAddress } from '../core/ports.ts'
import { type Account, AccountError, becomeUser } from '../edge/account.ts'
import { type Handed, HandedError, takeHanded } from '../edge/transport/handed.ts'
import { expandWildcard, explainListenError, reservePort } from '../edge/transport/listen.ts'
import type { ServeSettings } from './settings.ts'
import { StartError } from './start-error.ts'

export interface Places {
  /** With every port settled. */
  readonly listen: readonly SocketAddress[]
  /** Addresses of this machine that they mean. */
  readonly own: readonly SocketAddress[]
  /** Null: sockets of our own are to be opened. */
  readonly handed: Handed | null
}

/** From here on nothing is read, opened or run as root. */
export async function settleAs(account: Account | null, journal: Journal): Promise<void> {
  if (account === null) return
  try {
    const settled = await becomeUser(account)
    if (settled !== null) journal.record({ kind: 'account', ...settled })
  } catch (error) {
    throw error instanceof AccountError ? new StartError(error.message) : error
  }
}

/** `fds` are the descriptors that were handed over. */
export async function findPlaces({ listen, io }: ServeSettings, fds: readonly number[]): Promise<Places> {
  const handed = fds.length === 0 ? null : await receive(fds, io)
  const settled = handed === null ? await reserve(listen) : boundOf(handed)
  return { listen: settled, own: settled.flatMap(address => expandWildcard(address)), handed }
}

async function reserve(listen: readonly SocketAddress[]): Promise<readonly SocketAddress[]> {
  const settled: SocketAddress[] = []
  for (const address of listen) {
    try {
      settled.push(await reservePort(address.host, address.port))
    } catch (error) {
      throw new StartError(explainListenError(error, address))
    }
  }
  return settled
}

async function receive(fds: readonly number[], io: ServeSettings['io']): Promise<Handed> {
  if (io === 'dgram') throw new StartError('sockets that were handed over are read with io: auto or batch, not dgram')
  try {
    return await takeHanded(fds)
  } catch (error) {
    throw error instanceof HandedError ? new StartError(error.message) : error
  }
}

/** An address with a datagram and a stream socket is one. */
function boundOf({ datagrams, streams }: Handed): readonly SocketAddress[] {
  const all = [...datagrams, ...streams].map(({ bound }) => bound)
  return [...new Map(all.map(bound => [`${bound.host} ${bound.port}`, bound])).values()]
}

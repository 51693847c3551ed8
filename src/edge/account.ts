/**
 * Giving up root: who starts the server as root may name a user for it to become, before it reads a zone file or opens
 * a socket. What it keeps is the right to ports below 1024 and to raw ICMP sockets, since threads are replaced and
 * checks are added while it runs; every thread begins with that and nothing else.
 *
 * Invariants. It never goes on with more than was meant: each step that the system refuses ends the start. libc
 * applies a change of user to all threads (nptl(7)); capabilities are the calling thread's own, and threads that
 * run already lose all of theirs with the change.
 */
import { execFile } from 'node:child_process'
import { getSystemErrorName, promisify } from 'node:util'
import { type CapabilityCalls, capability, loadCapabilityCalls } from './ffi/capabilities.ts'

/** As named in the config: a name or a number each; without a group, the user's own. */
export interface Account {
  readonly user: string
  readonly group: string | null
}

/** Who the process is from now on, and the capabilities that it kept, by their names. */
export interface Settled {
  readonly user: string
  readonly uid: number
  readonly gid: number
  readonly kept: readonly string[]
}

/** One sentence for people. */
export class AccountError extends Error {
  override readonly name = 'AccountError'
}

const keepable: readonly (readonly [name: string, bit: number])[] = [
  ['CAP_NET_BIND_SERVICE', capability.netBindService],
  ['CAP_NET_RAW', capability.netRaw],
]

declare global {
  namespace NodeJS {
    interface Process {
      /** Node has it (posix only); its types do not say so. */
      initgroups?(user: string, group: number): void
    }
  }
}

const run = promisify(execFile)
const lookupMs = 10_000

/** Null if the process is that user already. Rejects with `AccountError`. */
export async function becomeUser(account: Account): Promise<Settled | null> {
  const { user, uid, gid } = await findIds(account)
  if (process.geteuid?.() === uid) return null
  if (process.geteuid?.() !== 0) {
    throw new AccountError(`cannot become ${user}: only root can, and this is user ${process.geteuid?.()}`)
  }
  const calls = await loadCapabilityCalls()
  if ('reason' in calls) {
    throw new AccountError(
      `cannot become ${user} and keep the right to listen: ${calls.reason}; start it as ${user} (systemd: User=)`,
    )
  }
  return { user, uid, gid, kept: change(calls, user, uid, gid) }
}

/** All of it in one turn, so that no thread is started half-way. */
function change(calls: CapabilityCalls, user: string, uid: number, gid: number): readonly string[] {
  const permitted = calls.permitted()
  if (typeof permitted === 'number') throw refusal(user, 'capget', permitted)
  const kept = keepable.filter(([, bit]) => permitted.has(bit))
  need(user, 'prctl', calls.keepOverChange())
  try {
    process.initgroups?.(user, gid)
    process.setgid!(gid)
    process.setuid!(uid)
  } catch (error) {
    throw new AccountError(`cannot become ${user}: ${error instanceof Error ? error.message : String(error)}`)
  }
  need(user, 'capset', calls.restrictTo(kept.map(([, bit]) => bit)))
  if (process.getuid!() !== uid || process.geteuid!() !== uid || process.getgid!() !== gid || isRootAgain()) {
    throw new AccountError(`cannot become ${user}: the system let us, and did not do it`)
  }
  return kept.map(([name]) => name)
}

/** True if the way back to root was left open. */
function isRootAgain(): boolean {
  try {
    process.setuid!(0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM')
  }
}

/** By the system's own directory of accounts, wherever it keeps them. */
async function findIds({ user, group }: Account): Promise<{ user: string; uid: number; gid: number }> {
  const [name = user, , uid, ownGid] = await lookUp('passwd', user)
  const gid = group === null ? ownGid : (await lookUp('group', group))[2]
  const ids = { user: name, uid: Number(uid), gid: Number(gid) }
  if (Number.isInteger(ids.uid) && Number.isInteger(ids.gid)) return ids
  throw new AccountError(`the system's entry for user ${user} makes no sense`)
}

async function lookUp(table: 'passwd' | 'group', key: string): Promise<readonly string[]> {
  const word = table === 'passwd' ? 'user' : 'group'
  // Nothing else is a name, and a dash in front would be an option.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.$-]{0,255}$/.test(key)) {
    throw new AccountError(`${JSON.stringify(key)} is not the name of a ${word}`)
  }
  try {
    const { stdout } = await run('getent', [table, key], { timeout: lookupMs })
    return stdout.trim().split(':')
  } catch (error) {
    // getent(1): 2 is a key that is not there.
    const absent = error instanceof Error && 'code' in error && error.code === 2
    const text = absent ? `this system has no ${word} ${key}` : `cannot look up ${word} ${key}: ${String(error)}`
    throw new AccountError(text)
  }
}

function need(user: string, call: string, result: number): void {
  if (result < 0) throw refusal(user, call, result)
}

function refusal(user: string, call: string, result: number): AccountError {
  return new AccountError(`cannot become ${user}: ${call}: ${getSystemErrorName(result)}`)
}

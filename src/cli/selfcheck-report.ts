/**
 * What a selfcheck found and what follows from it: the exit code and one line. Pure. An answer counts only if it is
 * authoritative and carries what was asked for; an error that the server itself chose to answer is no health.
 */
import { exitCodes } from './io.ts'
import type { Failed, Question, Response } from './selfcheck-ask.ts'

/** What the server says of itself; `off` where there is no HTTP to ask. */
export type Readiness = 'ready' | 'not-ready' | 'off' | 'unreachable' | 'timeout' | 'malformed'

/** Why an answer does not count; null if it does. */
export type AskedFault = 'unreachable' | 'timeout' | 'malformed' | 'not-authoritative' | 'error' | 'no-record'

export interface Asked {
  readonly via: 'udp' | 'tcp'
  readonly server: string
  readonly fault: AskedFault | null
  /** The fault in words, or what was found. */
  readonly text: string
}

export interface SelfReport {
  readonly readiness: Readiness
  readonly asked: readonly Asked[]
  readonly elapsedMs: number
}

export const classIn = 1
export const classChaos = 3
const rcodeRefused = 5

export function judge(outcome: Response | Failed, question: Question): Pick<Asked, 'fault' | 'text'> {
  if ('fault' in outcome) return outcome
  const { rcode, authoritative, answerType } = outcome
  // Hiding its identity is the operator's choice, and the refusal says that there is a server.
  if (question.class === classChaos && rcode === rcodeRefused) return { fault: null, text: 'it is there' }
  if (rcode !== 0) return { fault: 'error', text: `it answers with rcode ${rcode}` }
  if (!authoritative) return { fault: 'not-authoritative', text: 'its answer is not authoritative' }
  if (answerType !== question.type) return { fault: 'no-record', text: 'its answer does not begin with such a record' }
  return { fault: null, text: 'authoritative' }
}

/** The exit code: wrong before silent before absent. */
export function sumUp({ readiness, asked, elapsedMs }: SelfReport): { readonly code: number; readonly text: string } {
  switch (readiness) {
    case 'not-ready':
      return { code: exitCodes.failed, text: 'the server is not ready; /readyz?verbose says why' }
    case 'malformed':
      return { code: exitCodes.failed, text: 'what answers over HTTP is not a Robin of this version' }
    case 'unreachable':
      return { code: exitCodes.unreachable, text: 'the server cannot be reached over HTTP' }
    case 'timeout':
      return { code: exitCodes.timeout, text: 'the server does not answer over HTTP' }
    case 'ready':
    case 'off':
      break
  }
  const faults = asked.filter(one => one.fault !== null)
  const worst =
    faults.find(one => one.fault !== 'timeout' && one.fault !== 'unreachable') ??
    faults.find(one => one.fault === 'timeout') ??
    faults[0]
  if (worst !== undefined)
    return { code: codeOf(worst.fault), text: `${worst.server} over ${worst.via}: ${worst.text}` }
  const places = asked.map(({ server, via }) => `${server} (${via})`).join(', ')
  const said = readiness === 'ready' ? ['it is ready'] : []
  const answered = asked.length === 0 ? [] : [`${places} ${asked.length === 1 ? 'answers' : 'answer'}`]
  return { code: exitCodes.ok, text: `fit to be asked: ${[...said, ...answered].join('; ')}; ${elapsedMs} ms` }
}

function codeOf(fault: AskedFault | null): number {
  if (fault === 'timeout') return exitCodes.timeout
  return fault === 'unreachable' ? exitCodes.unreachable : exitCodes.failed
}

/**
 * What an agent says of its host, as HAProxy's agents say it (HAProxy configuration manual, `agent-check`): words
 * between blanks, tabs and commas on one line, in any case, the last of a kind counting: `75%` for the weight; `up`,
 * `down`, `fail`, `stopped` for the health; `ready`, `drain`, `maint` for what its people want; `maxconn:N`, which DNS
 * cannot give. Behind `#` stands a reason. Each line stands by itself: what it does not say is up, ready and 100 %.
 */
import type { Judged } from './judge.ts'

export const agentOctetsMax = 1024

type Health = 'up' | 'down' | 'fail' | 'stopped'
type Wish = 'ready' | 'drain' | 'maint'

interface Report {
  readonly health: Health | null
  readonly wish: Wish | null
  /** 0 to 1. */
  readonly weight: number | null
  readonly isKnown: boolean
  readonly why: string
}

/** `text` up to its first line end counts. */
export function judgeAgent(text: string): Judged {
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? ''
  const report = readReport(line)
  const detail = line.trim() === '' ? 'the agent said nothing' : line.trim()
  if (!report.isKnown) return { kind: 'inconclusive', reason: 'protocol', detail, share: 1 }
  const { health, wish, weight, why } = report
  if (health !== null && health !== 'up') {
    return { kind: 'fail', reason: 'agent', detail: why === '' ? health : `${health}: ${why}`, share: 1 }
  }
  const share = wish === 'drain' || wish === 'maint' ? 0 : (weight ?? 1)
  return { kind: 'pass', reason: 'ok', detail, share }
}

function readReport(line: string): Report {
  const sharp = line.indexOf('#')
  const words = (sharp < 0 ? line : line.slice(0, sharp)).split(/[\s,]+/).filter(word => word !== '')
  let health: Health | null = null
  let wish: Wish | null = null
  let weight: number | null = null
  let isKnown = false
  for (const given of words) {
    const word = given.toLowerCase()
    const percent = /^([0-9]{1,9})(?:\.[0-9]*)?%$/.exec(word)?.[1]
    if (word === 'up' || word === 'down' || word === 'fail' || word === 'stopped') health = word
    else if (word === 'ready' || word === 'drain' || word === 'maint') wish = word
    else if (percent !== undefined) weight = Math.min(1, Number(percent) / 100)
    else if (!/^maxconn:[0-9]+$/.test(word)) continue
    isKnown = true
  }
  return { health, wish, weight, isKnown, why: sharp < 0 ? '' : line.slice(sharp + 1).trim() }
}

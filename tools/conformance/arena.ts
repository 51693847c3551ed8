/** Robin, Knot and NSD side by side on the reference zones, and what those zones hold. */
import { type LiveServer, startLiveServer } from '../../test/live/server.ts'
import { askAll, type Contender, type Target } from './ask.ts'
import { type Corpus, readCorpus } from './corpus.ts'
import { startKnot, startNsd } from './peers.ts'
import type { Contenders } from './run.ts'
import { readReferenceZones } from './zones.ts'

export interface Arena {
  readonly contenders: Contenders
  readonly corpus: Corpus
  close(): Promise<void>
}

export async function openArena(): Promise<Arena> {
  const zones = readReferenceZones()
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const one of closers.reverse()) await one()
  }
  try {
    const knot = await startKnot(zones)
    closers.push(knot.close)
    const nsd = await startNsd(zones)
    closers.push(nsd.close)
    const robin = await startRobin()
    closers.push(robin.close)
    const corpus = await readCorpus(
      knot,
      zones.map(({ zone }) => zone),
    )
    const contenders = {
      robin: contender(targetOf(robin)),
      knot: contender({ name: 'knot', ports: { 4: knot.port, 6: knot.port } }),
      nsd: contender({ name: 'nsd', ports: { 4: nsd.port, 6: nsd.port } }),
    }
    return { contenders, corpus, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The real program on both families, with one answering thread: the machine is shared with the peers. */
export function startRobin(flags: readonly string[] = []): Promise<LiveServer> {
  const files = Object.fromEntries(readReferenceZones().map(({ zone, text }) => [`${zone}.zone`, text]))
  return startLiveServer(files, ['--listen', '[::1]:0', '--workers', '1', ...flags])
}

export function targetOf(robin: LiveServer): Target {
  const six = robin.lines.find(({ event, via, host }) => event === 'listening' && via === 'udp' && host === '::1')
  return { name: 'robin', ports: { 4: robin.port, 6: six!['port'] as number } }
}

function contender(target: Target): Contender {
  return { ask: cases => askAll(target, cases) }
}

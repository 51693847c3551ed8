/**
 * Files of zones as a verb takes them: read on the threads that a server reads on, each judged by itself, and the lines
 * that problems are about.
 */
import { readFileSync } from 'node:fs'
import { assert } from '../core/base/assert.ts'
import type { Span } from '../core/base/problem.ts'
import { zoneFileOctetsMax } from '../core/zonefile/decode.ts'
import { type JudgedZone, lostFile } from '../core/zonefile/judged.ts'
import { createReaders } from '../shell/readers.ts'
import type { FileOrder } from '../shell/reading-words.ts'
import type { Io } from './io.ts'
import { createProgress } from './progress.ts'

/** A file and what it came to. */
export interface FileJudged {
  readonly zone: JudgedZone
  /** Of what is in it; null if it could not be read. */
  readonly digest: string | null
}

export interface JudgeOptions {
  /** With their rehearsals. */
  readonly tests?: boolean
  /** For rules that name places. */
  readonly geoip?: string | undefined
}

/** As many at once as there are cores. */
export async function judgeFiles(
  files: readonly FileOrder[],
  io: Pick<Io, 'err' | 'terminal'>,
  { tests = false, geoip }: JudgeOptions = {},
): Promise<readonly FileJudged[]> {
  const progress = createProgress(io)
  const orders = files.map(file => ({ ...file, tests }))
  const reports = await createReaders({ geoip: geoip ?? null }).read(orders, {
    yielding: false,
    progress: progress.tell,
  })
  progress.end()
  return reports.map((report, i) => {
    if (report.kind === 'judged') return { zone: report.zone, digest: report.digest }
    assert(report.kind === 'fault', 'nothing was known before')
    return { zone: lostFile(files[i]!.path, report.fault), digest: null }
  })
}

/** The line that a problem is about. A file is read again for it: most have no problems. */
export function createSourceLines(): (span: Span) => string | null {
  const cut = new Map<string, readonly string[]>()
  return ({ file, line }) => {
    const lines = cut.get(file) ?? readLines(file)
    cut.set(file, lines)
    return lines[line - 1] ?? null
  }
}

/** None of a file that was refused as a whole: there is nothing to point at. */
function readLines(file: string): readonly string[] {
  try {
    const octets = readFileSync(file)
    return octets.length > zoneFileOctetsMax ? [] : octets.toString('utf8').split(/\r?\n/)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}

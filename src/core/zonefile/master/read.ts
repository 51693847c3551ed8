/**
 * A master file → ZoneModel, or the Problems why not: RFC 1035 section 5 with `$TTL` (RFC 2308 section 4), `$INCLUDE`,
 * and BIND's `$GENERATE`. Never throws, whatever the text; what a file of a given length can cost is bounded, with all
 * that it includes and generates.
 */
import type { Problem } from '../../base/problem.ts'
import { isNameFault, type Name, parseName } from '../../name/name.ts'
import { zoneFileOctetsMax } from '../decode.ts'
import { shown } from '../doc.ts'
import { sidecarPath } from '../forms.ts'
import type { ZoneModel } from '../model.ts'
import { recordTtlDefault } from '../policies.ts'
import { type Attaching, beginAttaching, takeProblems } from '../sidecar/attach.ts'
import { readSidecar } from '../sidecar/read.ts'
import type { TransferPlan } from '../transfer-plan.ts'
import { parse } from '../yaml.ts'
import type { ZoneTest } from '../zone-test.ts'
import { warnOfGiven } from '../zone-tests.ts'
import { createZoneDraft } from './draft.ts'
import { adopt, closeFindings, createFindings, isFull, refuseAt, spanOf } from './findings.ts'
import { finishZone } from './finish.ts'
import { generatedMax, readGenerate } from './generate.ts'
import { readTtl } from './head.ts'
import { type Include, includePath, isDirective } from './include.ts'
import { createLexer, type LexFault, readEntry, type Token } from './lexer.ts'
import { type Frame, faultOfName, type Reading, type ReadingProgress, readRecord } from './record.ts'

export interface MasterReading {
  /** Null if any of the problems is an error. */
  readonly zone: ZoneModel | null
  /** By file in the order they were met, then by place. */
  readonly problems: readonly Problem[]
  /** What the sidecar says of it; null where it says nothing. */
  readonly transfer: TransferPlan | null
  /** From the sidecar; none after an error. */
  readonly tests: readonly ZoneTest[]
}

/** Files that are open at once, the zone's own included. */
const includeDepthMax = 16
/** Files that a zone includes in all. */
const includesMax = 1000

/**
 * `progress` is told now and then how many characters of how many were read. `sidecar` is the path of the one of a zone
 * that is pulled, which lies elsewhere, and may speak of records that the primary has no more.
 */
export function readMaster(
  file: string,
  text: string,
  zoneName: Name,
  include: Include,
  progress: ReadingProgress | null = null,
  sidecar: string | null = null,
): MasterReading {
  const findings = createFindings()
  const reading: Reading = {
    zone: zoneName,
    include,
    findings,
    draft: createZoneDraft(zoneName, findings),
    defaultTtl: null,
    lastTtl: null,
    saidNoTtl: false,
    charactersLeft: zoneFileOctetsMax - text.length,
    includesLeft: includesMax,
    generatedLeft: generatedMax,
    progress,
    progressAt: 0,
  }
  const path = includePath('', file)
  readFrame(reading, { file, lexer: createLexer(text), chain: [path], origin: zoneName, owner: 'none' })
  const health = readHealth(reading, file, sidecar)
  const zone = finishZone(reading.draft, file, health)
  const tests = zone === null || health === null ? [] : health.sidecar.tests
  if (zone !== null && health !== null) {
    warnOfGiven(health.sidecar.scope.reader, tests, zoneName, zone.rrsets)
    adopt(findings, takeProblems(health))
  }
  return { zone, problems: closeFindings(findings), transfer: health?.sidecar.transfer ?? null, tests }
}

/** What the sidecar says, if there is one. */
function readHealth({ zone, include, findings }: Reading, file: string, elsewhere: string | null): Attaching | null {
  const own = includePath('', file)
  const path = elsewhere ?? sidecarPath(own)
  const text = path === own ? null : include(path)
  if (text === null) return null
  const { doc, problems } = parse(path, text)
  adopt(findings, problems)
  if (doc === null) return null
  const health = beginAttaching(readSidecar(doc, zone, recordTtlDefault), elsewhere !== null)
  adopt(findings, takeProblems(health))
  return health
}

function readFrame(reading: Reading, frame: Frame): void {
  for (let entry = readEntry(frame.lexer); entry !== null; entry = readEntry(frame.lexer)) {
    if (isFull(reading.findings)) return
    tellProgress(reading, frame)
    if (entry.fault !== null) refuseSyntax(reading, frame, entry.fault)
    else if (!entry.blank && isDirective(entry.tokens[0])) readDirective(reading, frame, entry.tokens)
    else readRecord(reading, frame, entry)
  }
}

/** Characters between two words on progress. */
const progressStep = 1 << 20

/** Of the zone's own file: what it includes is small beside it, or quick. */
function tellProgress(reading: Reading, { chain, lexer }: Frame): void {
  if (reading.progress === null || chain.length > 1 || lexer.at < reading.progressAt) return
  reading.progressAt = lexer.at + progressStep
  reading.progress(lexer.at, lexer.text.length)
}

function refuseSyntax(reading: Reading, frame: Frame, { line, column, text, hint }: LexFault): void {
  const span = { file: frame.file, line, column, endColumn: column + 1 }
  refuseAt(reading.findings, 'master-syntax', span, text, hint)
}

function readDirective(reading: Reading, frame: Frame, tokens: readonly Token[]): void {
  const [directive, first] = tokens
  const word = directive!.text.toUpperCase()
  switch (word) {
    case '$ORIGIN':
      if (hasArguments(reading, frame, tokens, 1, '$ORIGIN NAME')) readOrigin(reading, frame, first!)
      return
    case '$TTL':
      if (hasArguments(reading, frame, tokens, 1, '$TTL TIME')) {
        reading.defaultTtl = readTtl(reading.findings, frame.file, first!) ?? reading.defaultTtl
      }
      return
    case '$INCLUDE':
      if (hasArguments(reading, frame, tokens, 2, '$INCLUDE FILE [ORIGIN]')) readInclude(reading, frame, tokens)
      return
    case '$GENERATE':
      readGenerate(reading, frame, tokens)
      return
    default: {
      const hint = 'write $ORIGIN, $TTL, $INCLUDE or $GENERATE; a name that begins with a dollar sign is `\\$…`'
      const span = spanOf(frame.file, directive!)
      refuseAt(reading.findings, 'master-syntax', span, `there is no directive ${shown(directive!.text)}`, hint)
    }
  }
}

/** True for one argument, and up to `max`. */
function hasArguments(reading: Reading, frame: Frame, tokens: readonly Token[], max: number, form: string): boolean {
  if (tokens.length >= 2 && tokens.length <= max + 1) return true
  const [text, token] =
    tokens.length < 2
      ? ['the directive says nothing', tokens[0]!]
      : ['the directive ends before this', tokens[max + 1]!]
  refuseAt(reading.findings, 'master-syntax', spanOf(frame.file, token), text, `write ${form}`)
  return false
}

function readOrigin(reading: Reading, frame: Frame, token: Token): void {
  frame.origin = readName(reading, frame, token) ?? frame.origin
}

function readName(reading: Reading, frame: Frame, token: Token): Name | null {
  const name = parseName(token.text, frame.origin)
  if (!isNameFault(name)) return name
  const fault = faultOfName(token.text, frame.origin)
  refuseAt(reading.findings, fault.code, spanOf(frame.file, token), fault.text, fault.hint)
  return null
}

/** RFC 1035 section 5.1: origin and owner are the file's own, `$TTL` goes on. */
function readInclude(reading: Reading, frame: Frame, tokens: readonly Token[]): void {
  const token = tokens[1]!
  const path = includePath(frame.file, token.text)
  const origin = tokens[2] === undefined ? frame.origin : readName(reading, frame, tokens[2])
  const text = origin === null ? null : openInclude(reading, frame, token, path)
  if (origin === null || text === null) return
  readFrame(reading, {
    file: path,
    lexer: createLexer(text),
    chain: [...frame.chain, path],
    origin,
    owner: frame.owner,
  })
}

/** The text, or null after having reported why it is not read. */
function openInclude(reading: Reading, frame: Frame, token: Token, path: string): string | null {
  const { findings } = reading
  const span = spanOf(frame.file, token)
  if (frame.chain.includes(path)) {
    refuseAt(findings, 'include-loop', span, `${shown(path)} is being read already`, 'remove one of the $INCLUDEs')
    return null
  }
  if (frame.chain.length >= includeDepthMax || reading.includesLeft === 0) {
    const text =
      reading.includesLeft === 0
        ? `the zone includes more than ${includesMax} files`
        : `files include one another more than ${includeDepthMax} deep`
    refuseAt(findings, 'include-loop', span, text, 'join some of the files')
    return null
  }
  reading.includesLeft--
  const text = reading.include(path)
  if (text === null) {
    refuseAt(findings, 'unreadable', span, `${shown(path)} cannot be read`, 'paths are relative to this file')
    return null
  }
  reading.charactersLeft -= text.length
  if (reading.charactersLeft >= 0) return text
  const what = `with ${shown(path)} the zone has more than the ${zoneFileOctetsMax} octets that are read`
  refuseAt(findings, 'unreadable', span, what, 'split the zone')
  return null
}

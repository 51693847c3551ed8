/**
 * An EXEC check → the command that is run. Its words go to the program as they are, so what is judged here is only what
 * could not be run, or would be run with a placeholder that nothing fills.
 */
import type { Cadence, ExecCheck } from '../health/types.ts'
import type { CheckDraft } from './check-plan.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { besideFile } from './files.ts'
import { nearest } from './nearest.ts'
import type { ExecInput } from './schema/check-exec.ts'

const wordCharactersMax = 4096
const placeholders = ['address', 'port', 'source'] as const

export function readExec(
  reader: Reader,
  name: string,
  input: ExecInput,
  cadence: Cadence,
  path: Path,
): CheckDraft | null {
  const problemsBefore = reader.problems.length
  input.command.forEach((text, i) => {
    requireWord(reader, input, text, [...path, 'command', i])
  })
  const program = input.command[0]!
  const first = reader.doc.valueSpan([...path, 'command', 0])
  if (program === '') refuse(reader, 'bad-value', first, 'the program has no name', 'write `[PROGRAM, ARGUMENT, …]`')
  else if (/\s/.test(program)) {
    const text = `${shown(program)} would be one program with spaces in its name`
    refuse(reader, 'bad-value', first, text, 'write program and arguments apart: `[PROGRAM, ARGUMENT, …]`')
  }
  if (reader.problems.length > problemsBefore) return null
  const spec: ExecCheck = {
    protocol: 'EXEC',
    name,
    ...cadence,
    port: input.port ?? null,
    command: [program.includes('/') ? besideFile(reader.doc.file, program) : program, ...input.command.slice(1)],
  }
  return { spec, hostFromOwner: false }
}

function requireWord(reader: Reader, input: ExecInput, text: string, path: Path): void {
  const span = reader.doc.valueSpan(path)
  if (text.includes('\0') || text.length > wordCharactersMax) {
    const hint = `write text without NUL, of at most ${wordCharactersMax} characters`
    refuse(reader, 'bad-value', span, `${shown(text)} cannot be handed to a program`, hint)
    return
  }
  for (const [placeholder, word] of text.matchAll(/\{([a-z]+)\}/g)) {
    const meant = nearest(word!, placeholders)
    if (meant !== null && meant !== word) {
      refuse(reader, 'bad-value', span, `nothing fills ${shown(placeholder)}`, `did you mean \`{${meant}}\`?`)
    } else if (word === 'port' && input.port === undefined) {
      refuse(
        reader,
        'bad-value',
        span,
        '`{port}` is not filled, as the check has no port',
        'add `port: …` to the check',
      )
    } else if (word === 'source' && input.source === undefined) {
      const hint = 'add `source: ADDRESS` to the check'
      refuse(reader, 'bad-value', span, '`{source}` is not filled, as the check has no source', hint)
    }
  }
}

/**
 * `leak: 5/20` of a check: so many failures among so many newest outcomes. Fewer failures than `fall` would leave
 * `fall` without a meaning, and more outcomes than a track keeps could never be counted: both are refused.
 */
import { type Leak, leakWindowMax } from '../health/types.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'

/** Null after having reported what is wrong; `path` is that of the key. */
export function readLeak(reader: Reader, text: string, fall: number, path: Path): Leak | null {
  const span = reader.doc.valueSpan(path)
  const [, failed, asked] = /^([0-9]{1,3})\/([0-9]{1,3})$/.exec(text) ?? []
  if (failed === undefined || asked === undefined) {
    refuse(reader, 'bad-value', span, `${shown(text)} is not a number of failures among outcomes`, 'write `leak: 5/20`')
    return null
  }
  const failures = Number(failed)
  const window = Number(asked)
  if (window < 1 || window > leakWindowMax) {
    const sentence = `\`leak\` looks at ${window} outcomes, but from 1 to ${leakWindowMax} can be kept in mind`
    refuse(reader, 'bad-value', span, sentence, `write \`leak: ${Math.min(failures, leakWindowMax)}/${leakWindowMax}\``)
    return null
  }
  if (failures > window) {
    const sentence = `\`leak\` asks for ${failures} failures among ${window} outcomes`
    refuse(reader, 'bad-value', span, sentence, `write \`leak: ${window}/${failures}\`, failures first`)
    return null
  }
  if (failures < fall) {
    const sentence = `\`leak\` takes a member out after ${failures} failures, before \`fall: ${fall}\` is reached`
    refuse(reader, 'bad-value', span, sentence, `ask for ${fall} failures or more, or lower \`fall\``)
    return null
  }
  return { failures, window }
}

/**
 * The script for zsh: one function a verb, each an `_arguments` specification, so that the shell shows descriptions and
 * keeps its own habits of quoting and matching.
 */
import type { Fillings, Grammar, OptionGrammar, PlaceGrammar, VerbGrammar } from './grammar.ts'

export function zshScript(grammar: Grammar): string {
  const { verbs } = grammar
  const top = verbs.filter(({ path }) => !path.includes(' '))
  return `#compdef robin
# zsh completion of robin: put this as _robin into a folder of $fpath.

_robin_known() {
  local -a found
  # What _arguments has to say of the description stands before the kind of words.
  found=(\${(f)"$(_call_program robin-words command robin words $argv[-1] 2>/dev/null)"})
  compadd "\${(@)argv[1,-2]}" -a found
}

${[...verbs]
  .reverse()
  .map(verb => functionOf(verb, verbs))
  .join('\n')}
_robin() {
${bodyOf(grammar.options, [], top)}
}

if [[ $funcstack[1] == _robin ]]; then _robin "$@"; else compdef _robin robin; fi
`
}

function functionOf(verb: VerbGrammar, all: readonly VerbGrammar[]): string {
  const below = all.filter(({ path }) => path.startsWith(`${verb.path} `))
  return `${nameOf(verb.path)}() {\n${bodyOf(verb.options, verb.places, below)}\n}\n`
}

function bodyOf(
  options: readonly OptionGrammar[],
  places: readonly PlaceGrammar[],
  below: readonly VerbGrammar[],
): string {
  const specs = [...options.map(optionSpec), ...places.map(placeSpec)]
  if (below.length === 0) return `  _arguments -s -S \\\n${specs.map(spec => `    ${spec}`).join(' \\\n')}`
  const cases = below.map(({ path }) => `        ${lastWord(path)}) ${nameOf(path)} ;;`)
  const words = below.map(({ path, description }) => `        ${quoted(`${lastWord(path)}:${description}`)}`)
  return `  local state context line
  typeset -A opt_args
  local -a below
  _arguments -C -S \\
${[...specs, "': :->verb'", "'*:: :->rest'"].map(spec => `    ${spec}`).join(' \\\n')}
  case $state in
    verb)
      below=(
${words.join('\n')}
      )
      _describe -t verbs verb below
      ;;
    rest)
      case $words[1] in
${cases.join('\n')}
      esac
      ;;
  esac`
}

function optionSpec({ flag, description, value }: OptionGrammar): string {
  const told = description.replace(/[[\]\\:]/g, '\\$&')
  const star = value?.repeats === true || description.includes('may be repeated') ? '*' : ''
  if (value === null) return quoted(`${star}${flag}[${told}]`)
  return quoted(`${star}${flag}=[${told}]:${value.name.replaceAll(':', '\\:')}:${actionOf(value.fillings)}`)
}

function placeSpec({ name, required, repeats, fillings }: PlaceGrammar): string {
  const lead = repeats ? '*:' : required ? ':' : '::'
  return quoted(`${lead}${name}:${actionOf(fillings)}`)
}

function actionOf(fillings: Fillings): string {
  switch (fillings.kind) {
    case 'choices':
      return `(${fillings.choices.join(' ')})`
    case 'words':
      return `_robin_known ${fillings.words}`
    case 'path':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'text':
      return ' '
  }
}

function nameOf(path: string): string {
  return `_robin_${path.replaceAll(/[^a-z]/g, '_')}`
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The script for bash, which needs nothing of the bash-completion package. It reads the line itself instead of
 * COMP_WORDS, since bash cuts words at `:` and `=`, of which targets are full; for the same reason what it proposes
 * begins behind the last of them.
 */
import type { Fillings, Grammar, OptionGrammar, VerbGrammar } from './grammar.ts'

export function bashScript(grammar: Grammar): string {
  const all = [rootOf(grammar), ...grammar.verbs]
  return `# bash completion of robin: source this, or put it into /usr/share/bash-completion/completions/robin.

# What may stand for the options and verbs of a path.
_robin_words() {
  case $1 in
${all.map(verb => `    ${quoted(verb.path)}) echo ${quoted(wordsOf(verb).join(' '))} ;;`).join('\n')}
  esac
}

# What fills the value of an option, \`path --option\`, or a place, \`path 0\`: see _robin_fill.
_robin_filling() {
  case $1 in
${all.flatMap(fillingLines).join('\n')}
  esac
}

${engine}`
}

/** What walks over the words typed, the same for any grammar. */
const engine = `_robin_fill() {
  local kind=\${1%% *} rest=\${1#* }
  case $kind in
    choices) compgen -W "$rest" -- "$2" ;;
    words) compgen -W "$("$3" words "$rest" 2>/dev/null)" -- "$2" ;;
    path) compgen -f -- "$2" ;;
    folder) compgen -d -- "$2" ;;
  esac
}

_robin() {
  local line=\${COMP_LINE:0:COMP_POINT} cur='' path='' option='' filling word head
  local -i place=0
  local -a typed
  COMPREPLY=()
  read -ra typed <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    cur=\${typed[\${#typed[@]} - 1]}
    unset "typed[\${#typed[@]} - 1]"
  fi
  for word in "\${typed[@]:1}"; do
    if [[ -n $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      if [[ $word != *=* && -n $(_robin_filling "$path $word") ]]; then option=$word; fi
    elif [[ " $(_robin_words "$path") " == *" $word "* ]]; then
      path=\${path:+$path }$word
      place=0
    else
      place+=1
    fi
  done
  head=\${cur%"\${cur##*[:=]}"}
  if [[ -z $option && $cur == --*=* ]]; then
    option=\${cur%%=*}
    cur=\${cur#*=}
    head=\${head#*=}
  fi
  if [[ -n $option ]]; then
    filling=$(_robin_filling "$path $option")
  elif [[ $cur == -* ]]; then
    filling="choices $(_robin_words "$path")"
  else
    filling=$(_robin_filling "$path $place")
    if [[ -z $filling ]]; then filling=$(_robin_filling "$path *"); fi
    if [[ -z $filling && $place == 0 ]]; then filling="choices $(_robin_words "$path")"; fi
  fi
  while IFS= read -r word; do
    COMPREPLY+=("\${word#"$head"}")
  done < <(_robin_fill "$filling" "$cur" "\${COMP_WORDS[0]}")
  case $filling in
    path | folder) compopt -o filenames 2>/dev/null ;;
  esac
}

complete -F _robin robin
`

/** What stands before any verb. */
function rootOf({ description, options, verbs }: Grammar): VerbGrammar {
  const below = verbs.map(({ path }) => path).filter(path => !path.includes(' '))
  return { path: '', description, usage: '', options, places: [], below }
}

function wordsOf({ below, options }: VerbGrammar): readonly string[] {
  return [...below, ...options.map(({ flag }) => flag)]
}

function fillingLines({ path, options, places }: VerbGrammar): readonly string[] {
  const values = options.flatMap((option: OptionGrammar) =>
    option.value === null ? [] : [lineOf(`${path} ${option.flag}`, option.value.fillings)],
  )
  const words = places.map(({ repeats, fillings }, i) => lineOf(`${path} ${repeats ? '*' : i}`, fillings))
  return [...values, ...words]
}

function lineOf(key: string, fillings: Fillings): string {
  return `    ${quoted(key)}) echo ${quoted(textOf(fillings))} ;;`
}

function textOf(fillings: Fillings): string {
  switch (fillings.kind) {
    case 'choices':
      return `choices ${fillings.choices.join(' ')}`
    case 'words':
      return `words ${fillings.words}`
    case 'path':
    case 'folder':
    case 'text':
      return fillings.kind
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

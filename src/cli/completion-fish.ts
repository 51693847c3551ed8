/**
 * The script for fish: one `complete` line for each verb, option and place, each on the condition that the words typed
 * so far lead to it.
 */
import type { Fillings, Grammar, OptionGrammar, VerbGrammar } from './grammar.ts'

export function fishScript(grammar: Grammar): string {
  const valued = grammar.verbs.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== null).map(({ flag }) => `${path} ${flag}`),
  )
  const lines = [
    ...grammar.options.map(option => optionLine('', option)),
    ...grammar.verbs.filter(({ path }) => !path.includes(' ')).map(verb => verbLine('', verb)),
    ...grammar.verbs.flatMap(verb => [
      ...verb.options.map(option => optionLine(verb.path, option)),
      ...grammar.verbs.filter(({ path }) => parentOf(path) === verb.path).map(below => verbLine(verb.path, below)),
      ...verb.places.map(({ repeats, fillings }, i) => placeLine(verb.path, repeats ? '*' : String(i), fillings)),
    ]),
  ]
  return `# fish completion of robin: put this into ~/.config/fish/completions/robin.fish.

set -g __robin_paths ${grammar.verbs.map(({ path }) => quoted(path)).join(' ')}
set -g __robin_valued ${valued.map(quoted).join(' ')}

# True if the words typed lead to this path, and if given so many words stand behind it.
function __robin_is
    set -l path ''
    set -l place 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            contains -- "$path $word" $__robin_valued; and set skip 1
        else if contains -- (string trim "$path $word") $__robin_paths
            set path (string trim "$path $word")
            set place 0
        else
            set place (math $place + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    not set -q argv[2]; or test "$argv[2]" = '*' -o "$argv[2]" = $place
end

complete -c robin -f
${lines.join('\n')}
`
}

function verbLine(parent: string, { path, description }: VerbGrammar): string {
  const word = path.slice(path.lastIndexOf(' ') + 1)
  return `complete -c robin -n ${condition(parent, '0')} -a ${word} -d ${quoted(description)}`
}

function optionLine(path: string, { flag, description, value }: OptionGrammar): string {
  const takes = value === null ? '' : ` ${valueWords(value.fillings)}`
  return `complete -c robin -n ${condition(path)} -l ${flag.slice(2)}${takes} -d ${quoted(description)}`
}

function valueWords(fillings: Fillings): string {
  const words = argumentsOf(fillings)
  return fillings.kind === 'path' ? '-r -F' : `-x${words === null ? '' : ` -a ${quoted(words)}`}`
}

function placeLine(path: string, place: string, fillings: Fillings): string {
  const words = argumentsOf(fillings)
  const takes = fillings.kind === 'path' ? '-F' : words === null ? '' : `-a ${quoted(words)}`
  return takes === '' ? '' : `complete -c robin -n ${condition(path, place)} ${takes}`
}

function argumentsOf(fillings: Fillings): string | null {
  switch (fillings.kind) {
    case 'choices':
      return fillings.choices.join(' ')
    case 'words':
      return `(command robin words ${fillings.words} 2>/dev/null)`
    case 'folder':
      return '(__fish_complete_directories)'
    case 'path':
    case 'text':
      return null
  }
}

function condition(path: string, place?: string): string {
  return quoted(`__robin_is "${path}"${place === undefined ? '' : ` "${place}"`}`)
}

function parentOf(path: string): string | null {
  const at = path.lastIndexOf(' ')
  return at < 0 ? null : path.slice(0, at)
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

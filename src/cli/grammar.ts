/**
 * The command line as plain data: verbs, their options and arguments, read off the definitions that parse it. What
 * completes it in a shell and what describes it in a manual are made from this, so neither can say what is not parsed.
 */
import type { Argument, Command, Option } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Words that only a running server knows. */
export const wordKinds = ['targets', 'names', 'zones'] as const
export type WordKind = (typeof wordKinds)[number]

/** What may stand in one place. */
export type Fillings =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'path' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'words'; readonly words: WordKind }
  | { readonly kind: 'text' }

export interface PlaceGrammar {
  /** As the usage says it, without brackets. */
  readonly name: string
  readonly description: string
  readonly required: boolean
  readonly repeats: boolean
  readonly fillings: Fillings
}

export interface OptionGrammar {
  /** With its dashes. */
  readonly flag: string
  readonly description: string
  /** Null for one that takes no value. */
  readonly value: PlaceGrammar | null
  /** In words; null where there is none, or the description says it. */
  readonly fallback: string | null
}

export interface VerbGrammar {
  /** `drain`, or `demo fail`. */
  readonly path: string
  readonly description: string
  /** What stands behind the path, as people write it. */
  readonly usage: string
  readonly options: readonly OptionGrammar[]
  readonly places: readonly PlaceGrammar[]
  /** The last words of the paths of verbs below it. */
  readonly below: readonly string[]
}

export interface Grammar {
  readonly description: string
  readonly options: readonly OptionGrammar[]
  /** In the order in which they are listed, each before those below it. */
  readonly verbs: readonly VerbGrammar[]
}

export function readGrammar(program: Command): Grammar {
  return {
    description: program.description(),
    options: optionsOf(program),
    verbs: visibleBelow(program).flatMap(command => verbsOf(command, [])),
  }
}

function verbsOf(command: Command, above: readonly string[]): readonly VerbGrammar[] {
  const path = [...above, command.name()]
  const below = visibleBelow(command)
  const verb: VerbGrammar = {
    path: path.join(' '),
    description: command.description(),
    usage: command.usage(),
    options: optionsOf(command),
    places: command.registeredArguments.map(readArgument),
    below: below.map(each => each.name()),
  }
  return [verb, ...below.flatMap(each => verbsOf(each, path))]
}

/** Those that help lists, but for help itself. */
function visibleBelow(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter(each => each.name() !== 'help')
}

function optionsOf(command: Command): readonly OptionGrammar[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== undefined)
    .map(readOption)
}

function readOption(option: Option): OptionGrammar {
  const { long, description, defaultValue } = option
  const name = /<([^>]+)>/.exec(option.flags)?.[1] ?? null
  const place = { description, required: true, repeats: option.variadic }
  return {
    flag: long!,
    description,
    value:
      name === null ? null : { name, ...place, fillings: fillingsOf(name === 'name' ? '' : name, option.argChoices) },
    fallback: typeof defaultValue === 'string' ? defaultValue : null,
  }
}

function readArgument(argument: Argument): PlaceGrammar {
  const name = argument.name()
  const { description, required, variadic: repeats, argChoices } = argument
  return { name, description, required, repeats, fillings: fillingsOf(name, argChoices) }
}

/** By its name, which the usage shows to people as well. */
function fillingsOf(name: string, choices: readonly string[] | undefined): Fillings {
  if (choices !== undefined) return { kind: 'choices', choices }
  switch (name) {
    case 'file':
    case 'path':
      return { kind: 'path' }
    case 'folder':
    case 'dir':
      return { kind: 'folder' }
    case 'target':
      return { kind: 'words', words: 'targets' }
    case 'name':
    case 'pattern':
      return { kind: 'words', words: 'names' }
    case 'zone':
      return { kind: 'words', words: 'zones' }
    default:
      return { kind: 'text' }
  }
}

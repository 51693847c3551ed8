/**
 * The manual page in man(7), made from the definitions that parse the command line. No date stands in it, so that the
 * same definitions give the same page.
 */
import { type OptionGrammar, type PlaceGrammar, readGrammar, type VerbGrammar } from '../../src/cli/grammar.ts'
import type { Io } from '../../src/cli/io.ts'
import { createProgram } from '../../src/cli/program.ts'
import { unsupervised } from '../../src/shell/supervisor.ts'
import { readVersion } from '../../src/shell/version.ts'

const exits: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'all is well'],
  [1, 'something was found, refused, or went wrong'],
  [2, 'the command line cannot be meant'],
  [3, 'the server is not reachable'],
  [4, 'the server did not answer in time'],
]

const variables: readonly (readonly [name: string, meaning: string])[] = [
  ['ROBIN_ADMIN', 'where the running server tells of itself, in place of --admin'],
  ['NO_COLOR', 'if set and not empty, no colours'],
]

const files: readonly (readonly [name: string, meaning: string])[] = [
  ['/etc/robin/robin.yaml', 'settings of the packaged server'],
  ['/etc/robin/zones/', 'its zone files'],
  ['/var/lib/robin/', 'its state, with the token of orders in admin.token'],
]

/** For reading definitions only: no verb is called. */
const silentIo: Io = {
  out: () => undefined,
  err: () => undefined,
  color: false,
  terminal: false,
  adminUrl: null,
  user: null,
  supervision: unsupervised,
  now: () => 0,
  hear: () => () => undefined,
  quit: () => undefined,
}

export function manualPage(): string {
  const { description, options, verbs } = readGrammar(createProgram(silentIo, async () => undefined))
  const lines = [
    '.\\" Made by tools/reference.ts from the definitions in src/cli/program.ts.',
    `.TH ROBIN 1 "" ${quoted(`robin ${readVersion()}`)} "User Commands"`,
    '.SH NAME',
    'robin \\- authoritative DNS server with health checks',
    '.SH SYNOPSIS',
    '.B robin',
    '.I verb',
    '.RI [ options ]',
    '.RI [ words ]',
    '.SH DESCRIPTION',
    text(description),
    '.PP',
    'A target is an address, address:port, a member name or owner=address.',
    'A span is a number of seconds, or a time such as 90s, 30m or 2h.',
    '.SH OPTIONS',
    ...options.flatMap(optionLines),
    '.SH VERBS',
    ...verbs.flatMap(verbLines),
    '.SH EXIT STATUS',
    ...exits.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)]),
    '.SH ENVIRONMENT',
    ...variables.flatMap(([name, meaning]) => ['.TP', `.B ${text(name)}`, text(meaning)]),
    '.SH FILES',
    ...files.flatMap(([name, meaning]) => ['.TP', `.I ${text(name)}`, text(meaning)]),
    '.SH SEE ALSO',
    '.BR dig (1),',
    '.BR systemctl (1)',
  ]
  return `${lines.join('\n')}\n`
}

function verbLines({ path, description, usage, options, places }: VerbGrammar): readonly string[] {
  // One that says in its own words what stands behind it has no brackets of arguments.
  const words = /[A-Z]/.test(usage) ? [usage.replace(/^\[options\] /, '')] : places.map(placeWords)
  return [
    `.SS ${quoted([`robin ${path}`, ...words].join(' '))}`,
    text(sentence(description)),
    ...options.filter(({ flag }) => flag !== '--help').flatMap(optionLines),
  ]
}

function placeWords({ name, required, repeats }: PlaceGrammar): string {
  const word = `${name.toUpperCase()}${repeats ? '...' : ''}`
  return required ? word : `[${word}]`
}

function optionLines({ flag, description, value, fallback }: OptionGrammar): readonly string[] {
  const head = value === null ? `.B ${text(flag)}` : `.BI ${quoted(`${flag} `)} ${quoted(value.name)}`
  const choices = value?.fillings.kind === 'choices' ? ` One of ${value.fillings.choices.join(', ')}.` : ''
  const usual = fallback === null ? '' : ` (default: ${fallback})`
  return ['.TP', head, text(`${sentence(`${description}${usual}`)}${choices}`)]
}

function sentence(words: string): string {
  const first = words.charAt(0).toUpperCase()
  return /[.?!)]$/.test(words) && !words.endsWith(')') ? `${first}${words.slice(1)}` : `${first}${words.slice(1)}.`
}

/** An argument of a macro. */
function quoted(words: string): string {
  return `"${text(words).replaceAll('"', '\\(dq')}"`
}

/** A line of running text: nothing in it is a request or an escape, and a dash can be copied as it is typed. */
function text(words: string): string {
  const safe = words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...')
  return /^[.']/.test(safe) ? `\\&${safe}` : safe
}

/**
 * The command line: which verbs there are, what they take, and which exit code an end has. Each verb's own file is
 * loaded when it is called, so that `robin status` does not wait for the server's code. Verbs of the contract that
 * this version lacks are unknown commands, so that no script takes silence for success.
 */
import { Argument, Command, CommanderError, Option } from 'commander'
import { readVersion } from '../shell/version.ts'
import { adminUrlDefault } from './admin-url.ts'
import type { CheckOptions } from './check.ts'
import type { DemoFlags } from './demo.ts'
import type { DemoAsk, DemoAskOptions } from './demo-ask.ts'
import type { ExplainOptions } from './explain.ts'
import type { FmtOptions } from './fmt.ts'
import { readGrammar, type Shell, type WordKind } from './grammar.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import type { OrderOptions, OverrideOptions, OverrideWord } from './override.ts'
import type { PlanOptions } from './plan.ts'
import type { ProbeOptions } from './probe.ts'
import type { QueryOptions } from './query.ts'
import type { ReloadOptions } from './reload.ts'
import type { RollbackOptions } from './rollback.ts'
import type { SelfcheckOptions } from './selfcheck.ts'
import type { ServeFlags } from './serve-flags.ts'
import type { TestOptions } from './test.ts'

/** Runs one command line (without the names of program and script) and returns its exit code. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.ok
  const program = createProgram(io, async verb => {
    code = await verb()
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    if (error instanceof UsageFault) {
      io.err(`robin: ${error.message}\n`)
      return exitCodes.usage
    }
    io.err(`robin: fault in the program: ${error instanceof Error ? error.stack : String(error)}\n`)
    return exitCodes.failed
  }
}

type Verb = () => Promise<number>
/** Runs the verb and keeps its exit code. */
export type Finish = (verb: Verb) => Promise<void>

/** Every verb with its words: what is parsed, and what completion and the manual page are made from. */
export function createProgram(io: Io, finish: Finish): Command {
  const program = new Command('robin')
    .description(
      'Authoritative DNS server for service hostnames: answers rotate through the addresses that are healthy now.',
    )
    .version(readVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: text => io.out(text), writeErr: text => io.err(text) })
    .showHelpAfterError('(robin --help lists what there is)')
    .enablePositionalOptions()
  addServe(program, io, finish)
  addCheck(program, io, finish)
  addTest(program, io, finish)
  addPlan(program, io, finish)
  addFmt(program, io, finish)
  addExport(program, io, finish)
  addViews(program, io, finish)
  addExplain(program, io, finish)
  addOrders(program, io, finish)
  addQuery(program, io, finish)
  addProbe(program, io, finish)
  addSelfcheck(program, io, finish)
  addRollback(program, io, finish)
  addDemo(program, io, finish)
  addCompletion(program, io, finish)
  addSchema(program, io, finish)
  return program
}

function addServe(program: Command, io: Io, finish: Finish): void {
  const serve = program.command('serve').description('answer queries from the zone files until told to stop')
  addServeOptions(serve, './zones').action((flags: ServeFlags) =>
    finish(async () => (await import('./serve.ts')).runServe(flags, io)),
  )
}

function addServeOptions(command: Command, zonesDefault: string): Command {
  const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text]
  return command
    .option('--config <file>', 'settings from a YAML file; flags win')
    .option('--zones <folder>', `folder of the zone files (default: ${zonesDefault})`)
    .option('--listen <host:port>', 'answer here, over UDP and TCP; may be repeated (default: 127.0.0.1:5300)', collect)
    .option('--admin <host:port>', 'status and health over HTTP, or none (default: 127.0.0.1:5380)')
    .addOption(geoipOption())
    .option('--state <folder>', 'keep verdicts, overrides and serials here over a restart (default: nowhere)')
    .option('--user <name>', 'whom to become when started as root, keeping the right to ports and to ICMP')
    .option('--group <name>', "the group to become with it (default: the user's own)")
    .option('--workers <n>', 'answering threads, or auto (default: auto)')
    .addOption(oneOf('--io <engine>', 'how UDP is read (default: auto)', 'auto batch dgram'))
    .addOption(oneOf('--log-level <level>', 'least that is told (default: info)', 'trace debug info warn error silent'))
    .addOption(
      oneOf('--log-format <format>', 'of log lines; auto: pretty on a terminal (default: auto)', 'json pretty auto'),
    )
}

/** For verbs that read zone files. */
function geoipOption(): Option {
  return new Option('--geoip <file>', 'GeoIP file (.mmdb) for rules with `geos`')
}

/** An option that takes one of some words. */
function oneOf(flags: string, description: string, words: string): Option {
  return new Option(flags, description).choices(words.split(' '))
}

function addCheck(program: Command, io: Io, finish: Finish): void {
  program
    .command('check [path...]')
    .description('judge zone files, folders, or a config file with all that it names; no server is needed')
    .option('--config <file>', 'settings to judge, with the zones that they name, or with the paths instead')
    .addOption(oneOf('--format <format>', 'how to print problems', 'text json github').default('text'))
    .addOption(geoipOption())
    .action((paths: string[], options: CheckOptions) =>
      finish(async () => (await import('./check.ts')).runCheck(paths, options, io)),
    )
}

function addTest(program: Command, io: Io, finish: Finish): void {
  program
    .command('test <path...>')
    .description('run the rehearsals (`tests:`) of zone files or folders; no server is needed')
    .option('--json', 'as JSON', false)
    .addOption(geoipOption())
    .action((paths: string[], options: TestOptions) =>
      finish(async () => (await import('./test.ts')).runTest(paths, options, io)),
    )
}

function addPlan(program: Command, io: Io, finish: Finish): void {
  program
    .command('plan <path...>')
    .description('what would change if the server took these files: a folder is all zones there are, a file its own')
    .option(
      '--admin <url>',
      'where the server tells of itself over HTTP, or none; also $ROBIN_ADMIN',
      io.adminUrl ?? adminUrlDefault,
    )
    .option('--zones <folder>', 'compare with these files (default: those that the server serves)')
    .option('--json', 'as JSON', false)
    .addOption(geoipOption())
    .action((paths: string[], options: PlanOptions) =>
      finish(async () => (await import('./plan.ts')).runPlan(paths, options, io)),
    )
}

function addFmt(program: Command, io: Io, finish: Finish): void {
  program
    .command('fmt <path...>')
    .description('write YAML zone files in canonical form, comments kept; prints the names of those that changed')
    .option('--check', 'write nothing; exit code 1 if a file would change', false)
    .action((paths: string[], options: FmtOptions) =>
      finish(async () => (await import('./fmt.ts')).runFmt(paths, options, io)),
    )
}

function addExport(program: Command, io: Io, finish: Finish): void {
  program
    .command('export <zone>')
    .description('print a zone in another format; what that cannot carry is said on standard error')
    .addOption(new Option('--master', 'as a master file (RFC 1035)').conflicts('octodns'))
    .option('--octodns', 'as octoDNS reads it')
    .option('--zones <folder>', 'folder of the zone files', './zones')
    .addOption(geoipOption())
    .action((zone: string, options: { master?: boolean; octodns?: boolean; zones: string; geoip?: string }) =>
      finish(async () => {
        if (options.master !== true && options.octodns !== true)
          throw new UsageFault('export needs --master or --octodns')
        const format = options.master === true ? 'master' : 'octodns'
        return (await import('./export.ts')).runExport(zone, { format, zones: options.zones, geoip: options.geoip }, io)
      }),
    )
}

function addViews(program: Command, io: Io, finish: Finish): void {
  const admin = io.adminUrl ?? adminUrlDefault
  program
    .command('status')
    .description('how the running server is')
    .option('--admin <url>', 'where it tells of itself over HTTP; also $ROBIN_ADMIN', admin)
    .option('--json', 'as JSON', false)
    .action((options: { admin: string; json: boolean }) =>
      finish(async () => (await import('./status.ts')).runStatus(options, io)),
    )
  program
    .command('states [pattern]')
    .description('every address: verdict, since when, why, and whether it is answered; * in the pattern is any text')
    .option('--admin <url>', 'where it tells of itself over HTTP; also $ROBIN_ADMIN', admin)
    .option('--json', 'as JSON', false)
    .action((pattern: string | undefined, options: { admin: string; json: boolean }) =>
      finish(async () => (await import('./states.ts')).runStates(pattern ?? null, options, io)),
    )
}

function addExplain(program: Command, io: Io, finish: Finish): void {
  program
    .command('explain <name> [type]')
    .description('why a name is answered as it is: zone, pool, and of each member the reason and the evidence')
    .option('--from <address>', 'as a client of this address would be answered')
    .option(
      '--admin <url>',
      'where the server tells of itself over HTTP; also $ROBIN_ADMIN',
      io.adminUrl ?? adminUrlDefault,
    )
    .option('--json', 'as JSON', false)
    .action((name: string, type: string | undefined, options: ExplainOptions) =>
      finish(async () => (await import('./explain.ts')).runExplain(name, type ?? null, options, io)),
    )
}

/** Verbs that change a running server. */
function addOrders(program: Command, io: Io, finish: Finish): void {
  const order = (command: Command): Command =>
    command
      .option('--admin <url>', 'where it takes orders over HTTP; also $ROBIN_ADMIN', io.adminUrl ?? adminUrlDefault)
      .option('--token-file <file>', 'the token to show (default: where the server says that it lies)')
      .option('--json', 'as JSON', false)
  const override = (command: Command): Command =>
    order(command)
      .option('--for <span>', 'how long, such as 30m (default: until it is released)')
      .option('--reason <text>', 'why, for whoever asks')
      .option('--force', 'even where a record would be left without its floor', false)
  const say = (target: string, word: OverrideWord, options: OverrideOptions): Promise<void> =>
    finish(async () => (await import('./override.ts')).runOverride(target, word, options, io))
  override(
    program
      .command('drain <target>')
      .description('take a member out of the answers; TARGET: address, address:port, owner=address'),
  )
    .option('--wait', 'return when no cache can still hold it', false)
    .option('--timeout <span>', 'how long to wait for that (default: 10m)')
    .action((target: string, options: OverrideOptions) => say(target, 'drained', options))
  override(
    program
      .command('force <target>')
      .addArgument(new Argument('<word>', 'what it counts as').choices(['up', 'down']))
      .description('have a member counted as up or down, whatever its checks say'),
  ).action((target: string, word: 'up' | 'down', options: OverrideOptions) => say(target, `forced-${word}`, options))
  order(
    program
      .command('release <target>')
      .description('end the orders on a member, or let an owner go back to its first tier'),
  ).action((target: string, options: OrderOptions) =>
    finish(async () => (await import('./override.ts')).runRelease(target, options, io)),
  )
  order(program.command('reload').description('have the server look at its zone files now'))
    .option('--force', 'even where it takes away more of all answers than max_change allows', false)
    .action((options: ReloadOptions) => finish(async () => (await import('./reload.ts')).runReload(options, io)))
}

function addQuery(program: Command, io: Io, finish: Finish): void {
  program
    .command('query <name> [type] [server]')
    .usage('[options] NAME [TYPE] [@HOST[:PORT]]')
    .description('ask a DNS server one question (default: type A, @127.0.0.1:5300)')
    .option('--json', 'as JSON', false)
    .option('--tcp', 'over TCP from the start', false)
    .action((name: string, type: string | undefined, server: string | undefined, options: QueryOptions) =>
      finish(async () => {
        const words = [name, type, server].filter(word => word !== undefined)
        return (await import('./query.ts')).runQuery(words, options, io)
      }),
    )
}

function addProbe(program: Command, io: Io, finish: Finish): void {
  program
    .command('probe <name>')
    .usage('[options] NAME|ADDRESS')
    .description('run the checks of the members it names, once, now and from here; no server is needed')
    .option('--check <name>', 'only this check (default: all of the member)')
    .option('--zones <folder>', 'folder of the zone files', './zones')
    .addOption(geoipOption())
    .option('--count <n>', 'probes of each check, one after another', '1')
    .option('--json', 'as JSON', false)
    .action((target: string, options: ProbeOptions) =>
      finish(async () => (await import('./probe.ts')).runProbe(target, options, io)),
    )
}

function addSelfcheck(program: Command, io: Io, finish: Finish): void {
  program
    .command('selfcheck')
    .description('is the server of this machine fit to be asked? Exit code 0 if it is; for VRRP and container checks')
    .option('--server <host:port>', 'ask here, over UDP and TCP (default: wherever it listens)')
    .option('--admin <url>', 'where it tells of itself over HTTP, or none; also $ROBIN_ADMIN')
    .option('--zone <zone>', 'ask for the SOA of this zone (default: one that it serves)')
    .option('--timeout <time>', 'for all of it', '1s')
    .option('--json', 'as JSON', false)
    .action((options: SelfcheckOptions) =>
      finish(async () => (await import('./selfcheck.ts')).runSelfcheck(options, io)),
    )
}

function addRollback(program: Command, io: Io, finish: Finish): void {
  program
    .command('rollback')
    .description('put the zone files of an earlier generation back, from the copies in the state folder')
    .option('--config <file>', "the server's settings, for both folders")
    .option('--zones <folder>', 'folder of the zone files (default: ./zones)')
    .option('--state <folder>', 'folder that the server keeps its state in')
    .option('--to <generation>', 'to that one (default: the newest that differs from the files as they are)')
    .option('--list', 'say which there are, and change nothing', false)
    .option('--json', 'as JSON', false)
    .action((options: RollbackOptions) => finish(async () => (await import('./rollback.ts')).runRollback(options, io)))
}

function addDemo(program: Command, io: Io, finish: Finish): void {
  const portFlag = [
    '--backends-port <port>',
    "port of the demo's web servers (default: 8053, which its example zones check)",
  ] as const
  const demo = program
    .command('demo')
    .description('serve example zones with three web servers that can be made to fail')
  addServeOptions(demo, 'the ones that came with the program')
    .option(...portFlag)
    .action((flags: DemoFlags) => finish(async () => (await import('./demo.ts')).runDemo(flags, io)))
  const ask = (what: DemoAsk, options: DemoAskOptions): Promise<void> =>
    finish(async () => {
      const early = Object.keys(demo.opts())
      if (early.length > 0) throw new UsageFault('options of demo fail, heal and show stand after these words')
      return (await import('./demo-ask.ts')).runDemoAsk(what, options, io)
    })
  demo
    .command('fail <n>')
    .description('let web server N fail')
    .addOption(oneOf('--how <ailment>', 'what is wrong with it', 'refuse status hang slow').default('refuse'))
    .option(...portFlag)
    .action((number: string, options: DemoAskOptions & { how: string }) =>
      ask({ kind: 'fail', number, how: options.how }, options),
    )
  demo
    .command('heal <n>')
    .description('let web server N recover')
    .option(...portFlag)
    .action((number: string, options: DemoAskOptions) => ask({ kind: 'heal', number }, options))
  demo
    .command('show')
    .description('how the web servers are')
    .option('--json', 'as JSON', false)
    .option(...portFlag)
    .action((options: DemoAskOptions) => ask({ kind: 'show' }, options))
}

function addCompletion(program: Command, io: Io, finish: Finish): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose language it is in').choices(['bash', 'zsh', 'fish']))
    .description('print a script that lets a shell complete verbs, options and their values')
    .action((shell: Shell) =>
      finish(async () => (await import('./completion.ts')).runCompletion(shell, readGrammar(program), io)),
    )
  program
    .command('words', { hidden: true })
    .addArgument(new Argument('<kind>').choices(['targets', 'names', 'zones']))
    .description('what the running server knows of such words, one a line; completion scripts ask it')
    .option('--admin <url>', 'where it tells of itself over HTTP', io.adminUrl ?? adminUrlDefault)
    .action((kind: WordKind, options: { admin: string }) =>
      finish(async () => (await import('./words.ts')).runWords(kind, options, io)),
    )
}

/** For those who build the package: writes the JSON Schemas from the shapes that judge the files. */
function addSchema(program: Command, io: Io, finish: Finish): void {
  program
    .command('schema', { hidden: true })
    .description('write schema/*.json')
    .option('--check', 'write nothing; exit code 1 if they are not what would be written', false)
    .action((options: { check: boolean }) => finish(async () => (await import('./schema.ts')).runSchema(io, options)))
}

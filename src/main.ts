#!/usr/bin/env node
/**
 * The way in. Arguments and environment are read here and nowhere else; the process itself (streams, signals, exit)
 * is handed to the command line as an `Io`. A reader that goes away (`robin states | head -1`) is no error.
 */
import { prepare } from './cli/prepare.ts'
import { takeSupervision } from './cli/supervision.ts'

const { env, stdout, stderr } = process

prepare(env)
const { run } = await import('./cli/program.ts')

stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode ?? 0)
})
stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const code = await run(process.argv.slice(2), {
  out: text => void stdout.write(text),
  err: text => void stderr.write(text),
  color: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
  terminal: stdout.isTTY === true,
  adminUrl: env['ROBIN_ADMIN'] || null,
  user: env['SUDO_USER'] || env['USER'] || env['LOGNAME'] || null,
  supervision: takeSupervision(env, process.pid),
  now: () => performance.now(),
  hear: (signal, heard) => {
    process.on(signal, heard)
    return () => process.off(signal, heard)
  },
  quit: code => process.exit(code),
})

// Not left to the last handle: whatever a library keeps open must not keep a stopped server from ending. What was
// written to a file, a pipe or a terminal is out by now, since Node writes to those synchronously on Linux.
process.exit(code)

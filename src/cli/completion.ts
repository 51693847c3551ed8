/**
 * `robin completion SHELL`: a script that completes this command line in that shell, made from the definitions that
 * parse it. Addresses, names and zones come from the running server, which the script asks (words.ts) only when one of
 * them is to be completed.
 */
import { bashScript } from './completion-bash.ts'
import { fishScript } from './completion-fish.ts'
import { zshScript } from './completion-zsh.ts'
import type { Grammar, Shell } from './grammar.ts'
import { exitCodes, type Io } from './io.ts'

export async function runCompletion(shell: Shell, grammar: Grammar, io: Pick<Io, 'out'>): Promise<number> {
  io.out(scriptFor(shell, grammar))
  return exitCodes.ok
}

function scriptFor(shell: Shell, grammar: Grammar): string {
  switch (shell) {
    case 'bash':
      return bashScript(grammar)
    case 'zsh':
      return zshScript(grammar)
    case 'fish':
      return fishScript(grammar)
  }
}

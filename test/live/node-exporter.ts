/** Debian's node_exporter on a loopback port that the system picks, for tests of checks that read it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export const exporterProgram = 'prometheus-node-exporter'

export interface Exporter {
  readonly port: number
  stop(): Promise<void>
}

export async function startExporter(): Promise<Exporter> {
  const child = spawn(exporterProgram, ['--web.listen-address=127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', status => reject(new Error(`${exporterProgram} ended with status ${status}`)))
    createInterface({ input: child.stderr }).on('line', line => {
      const found = /msg="Listening on" address=\S+:([0-9]+)$/.exec(line)
      if (found !== null) resolve(Number(found[1]))
    })
  })
  return {
    port,
    stop: async () => {
      child.kill()
      await ended
    },
  }
}

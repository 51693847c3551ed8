/**
 * What the reference zones hold, as a zone transfer from Knot tells it: owners, types and record data in wire form.
 * Questions are drawn from it, and it does not depend on our own reader of master files.
 */
import { connect } from 'node:net'
import { type Message, readMessage } from './message.ts'
import { type Peer, transferAddress } from './peers.ts'

export interface Corpus {
  readonly zones: readonly string[]
  /** Labels of each owner, as octets, without the root; one entry an owner. */
  readonly owners: readonly Owner[]
}

export interface Owner {
  readonly zone: string
  readonly labels: readonly Uint8Array[]
  /** Lowered presentation form. */
  readonly name: string
  readonly types: ReadonlySet<number>
}

const transferMs = 10_000

export async function readCorpus(peer: Peer, zones: readonly string[]): Promise<Corpus> {
  const byName = new Map<string, { zone: string; labels: readonly Uint8Array[]; name: string; types: Set<number> }>()
  for (const zone of zones) {
    for (const message of await transfer(peer.port, zone)) {
      for (const { owner, type } of message.answer) {
        const known = byName.get(owner)
        if (known !== undefined) known.types.add(type)
        else byName.set(owner, { zone, labels: readLabels(owner), name: owner, types: new Set([type]) })
      }
    }
  }
  return { zones, owners: [...byName.values()] }
}

/** Labels of a presentation form whose escapes are all of the form `\ddd`. */
export function readLabels(name: string): readonly Uint8Array[] {
  const labels: number[][] = [[]]
  for (let i = 0; i < name.length; i++) {
    if (name[i] === '.') labels.push([])
    else if (name[i] === '\\') {
      labels.at(-1)!.push(Number(name.slice(i + 1, i + 4)))
      i += 3
    } else labels.at(-1)!.push(name.charCodeAt(i))
  }
  return labels.filter(label => label.length > 0).map(label => Uint8Array.from(label))
}

/** All messages of a transfer; it is over when the SOA comes a second time. */
function transfer(port: number, zone: string): Promise<readonly Message[]> {
  const labels = readLabels(zone).flatMap(label => [label.length, ...label])
  const query = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 252, 0, 1]
  const socket = connect({ host: '127.0.0.1', port, localAddress: transferAddress })
  return new Promise((resolve, reject) => {
    const messages: Message[] = []
    let received = Buffer.alloc(0)
    let soas = 0
    const timer = setTimeout(() => socket.destroy(new Error(`no transfer of ${zone} in ${transferMs} ms`)), transferMs)
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new Error(`the transfer of ${zone} ended early`))
    })
    socket.once('error', reject)
    socket.write(Uint8Array.from([query.length >>> 8, query.length, ...query]))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        const message = readMessage(received.subarray(2, end))
        received = received.subarray(end)
        messages.push(message)
        soas += message.answer.filter(({ type }) => type === 6).length
      }
      if (soas < 2) return
      resolve(messages)
      socket.destroy()
    })
  })
}

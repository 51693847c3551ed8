/**
 * The networks of a GeoIP file that somebody chooses by their places: one walk over the tree, neighbours of the same
 * choice made one on the way up, so that what comes out is the shortest list of networks, no two of which overlap.
 * IPv4 is where the file has it (below ::/96); the places where IPv6 repeats it (6to4 and the like) are left out.
 * Invariant: no more steps than the tree has nodes, whatever its links are; no more networks than allowed.
 */
import { childOf, type Mmdb, valueAt } from './mmdb.ts'
import { type GeoPlace, readPlace } from './place.ts'

export interface GeoNetwork {
  /** 4 or 16, zero behind the first `bits`. */
  readonly octets: Uint8Array
  readonly bits: number
  readonly choice: number
}

/** Which of the caller's choices a place is; -1: none. */
export type Choose = (place: GeoPlace) => number

export type GeoFound =
  | { readonly kind: 'found'; readonly networks: readonly GeoNetwork[] }
  | { readonly kind: 'too-many' }
  /** Its nodes lead in circles. */
  | { readonly kind: 'no-tree' }

interface Walk {
  readonly db: Mmdb
  readonly choose: Choose
  readonly networksMax: number
  readonly networks: GeoNetwork[]
  /** Choices by where their records stand: a file has few different ones. */
  readonly known: Map<number, number>
  /** The node that is left out, -1 for none. */
  readonly without: number
  readonly octets: Uint8Array
  steps: number
}

/** Its networks are not all of one choice, and are listed already. */
const mixed = -2
const none = -1
/** Zero bits in front of IPv4 in a tree of IPv6. */
const ipv4Depth = 96

export function findNetworks(db: Mmdb, choose: Choose, networksMax: number): GeoFound {
  const networks: GeoNetwork[] = []
  const known = new Map<number, number>()
  const ipv4 = db.ipVersion === 4 ? 0 : descend(db)
  const common = { db, choose, networksMax, networks, known, steps: 0 }
  const steps = [{ ...common, without: none, octets: new Uint8Array(4) }]
  const roots = [ipv4]
  if (db.ipVersion === 6) {
    steps.push({ ...common, without: ipv4 < db.nodes ? ipv4 : none, octets: new Uint8Array(16) })
    roots.push(0)
  }
  for (const [i, walk] of steps.entries()) {
    const whole = visit(walk, roots[i]!, 0)
    if (whole >= 0) list(walk, 0, whole)
    if (walk.steps > db.nodes) return { kind: 'no-tree' }
    if (networks.length > networksMax) return { kind: 'too-many' }
  }
  return { kind: 'found', networks }
}

/** Where IPv4 begins: a node, or what stands in the place of one. */
function descend(db: Mmdb): number {
  let child = 0
  for (let depth = 0; depth < ipv4Depth && child < db.nodes; depth++) child = childOf(db, child, 0)
  return child
}

/** The choice of everything below, or `mixed`. */
function visit(walk: Walk, child: number, depth: number): number {
  const { db, without, octets, networks, networksMax } = walk
  if (child === without && depth > 0) return none
  if (child >= db.nodes) return choiceOf(walk, child)
  if (depth === octets.length * 8 || walk.steps > db.nodes || networks.length > networksMax) return none
  walk.steps++
  const zero = visit(walk, childOf(db, child, 0), depth + 1)
  const bit = 0x80 >>> (depth & 7)
  octets[depth >>> 3]! |= bit
  const one = visit(walk, childOf(db, child, 1), depth + 1)
  if (one >= 0 && one !== zero) list(walk, depth + 1, one)
  octets[depth >>> 3]! &= ~bit
  if (zero === one) return zero
  if (zero >= 0) list(walk, depth + 1, zero)
  return mixed
}

function list({ networks, octets }: Walk, bits: number, choice: number): void {
  networks.push({ octets: octets.slice(), bits, choice })
}

function choiceOf({ db, choose, known }: Walk, child: number): number {
  const before = known.get(child)
  if (before !== undefined) return before
  const at = valueAt(db, child)
  const choice = at < 0 ? none : choose(readPlace(db.values, at))
  known.set(child, choice)
  return choice
}

/**
 * Whether two readings mean the same: plain trees whatever the order of their keys, and models without the places that
 * their parts were written at.
 */
import { nameKey } from '../../name/name.ts'
import { isMap } from '../doc.ts'
import type { ZoneReading } from '../zone.ts'

/** True if both came to the same zone, in whichever order its sets were written, and to the same problems. */
export function sameReadings(a: ZoneReading, b: ZoneReading): boolean {
  const codes = ({ problems }: ZoneReading) => problems.map(({ code }) => code).sort()
  const sameTransfer = sameModels(a.transfer, b.transfer)
  return (
    sameTransfer && sameModels(a.name, b.name) && sameModels(codes(a), codes(b)) && sameModels(inOrder(a), inOrder(b))
  )
}

function inOrder({ zone }: ZoneReading): unknown {
  if (zone === null) return null
  const keyed = zone.rrsets.map(set => ({ key: `${nameKey(set.owner)} ${set.type}`, set }))
  return { ...zone, rrsets: keyed.sort((x, y) => (x.key < y.key ? -1 : 1)) }
}

/** Lists in order, maps in any. */
export function sameTrees(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((value, i) => sameTrees(value, b[i]))
    )
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every(key => key in b && sameTrees(a[key], b[key]))
  }
  return Object.is(a, b)
}

/** Everything but spans and files, which tell of the text and not of the zone. */
export function sameModels(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length && a.every((o, i) => o === b[i])
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((value, i) => sameModels(value, b[i]))
    )
  }
  if (!isMap(a) || !isMap(b)) return Object.is(a, b)
  const keys = Object.keys(a).filter(isMeaning)
  return keys.length === Object.keys(b).filter(isMeaning).length && keys.every(key => sameModels(a[key], b[key]))
}

function isMeaning(key: string): boolean {
  return key !== 'span' && key !== 'file'
}

/**
 * In which order the keys of a zone file are written. In our own form that of the shapes which judge the file, so that
 * a new key has its place by being defined; owners, checks and pools, whose names are the user's, stay as they are. A
 * pure octoDNS zone has its keys in natural order everywhere, since octoDNS refuses it otherwise (`enforce_order`).
 */
import { z } from 'zod'
import { isMap } from '../doc.ts'
import { checkSchemas } from '../schema/check.ts'
import { genericSchema, recordSchemas } from '../schema/records.ts'
import { sidecarDefaults, sidecarEntry, sidecarTop } from '../schema/sidecar.ts'
import { zoneTest } from '../schema/tests.ts'
import { transferMap } from '../schema/transfer.ts'
import { defaults, header, soa } from '../schema/zone.ts'

/** What is known of a place in the file: a shape, or null where nothing is. */
export type Shape = z.ZodType | null

/** A map whose values are all of one kind: by the user's own names. */
type Named = (value: unknown) => Shape

/** The parts of a zone file in our own form. */
const parts: Readonly<Record<string, Shape | Named>> = {
  soa,
  defaults,
  checks: value => shapeOfCheck(value),
  transfer: transferMap,
  records: value => shapeOfRecords(value),
}

/** A list of tests; the keys of `given` stay as they are, since the later one counts. */
const testsPlace = (): Place => ({ order: null, step: () => shapedPlace(zoneTest) })

/** Where a key stands at the top, then in what order the rest comes. */
const topKeys = [...Object.keys(header.shape).filter(key => key !== 'tests'), 'secondary', 'tests']

/** The order of a map's keys: `'natural'`, a list (others come last, as they were), or null to leave them. */
export type KeyOrder = 'natural' | readonly string[] | null

export interface Place {
  readonly order: KeyOrder
  /** The place behind a key or an entry. */
  step(key: string | number, value: unknown): Place
}

/** The top of a pure octoDNS zone. */
export const naturalPlace: Place = { order: 'natural', step: () => naturalPlace }

/** The top of a zone file in our own form. */
export const topPlace: Place = {
  order: topKeys,
  step: key => {
    if (key === 'tests') return testsPlace()
    const part = parts[key as string]
    if (part === undefined || part === null) return unknownPlace
    return typeof part === 'function' ? namedPlace(part) : shapedPlace(part)
  },
}

/** The top of a sidecar. */
export const sidecarPlace: Place = {
  order: Object.keys(sidecarTop.shape),
  step: key => {
    if (key === 'checks') return namedPlace(shapeOfCheck)
    if (key === 'owners') return namedPlace(() => sidecarEntry)
    if (key === 'transfer') return shapedPlace(transferMap)
    if (key === 'tests') return testsPlace()
    return key === 'defaults' ? shapedPlace(sidecarDefaults) : unknownPlace
  },
}

/** A place that nothing is known of: its maps stay as they are. */
const unknownPlace: Place = { order: null, step: () => unknownPlace }

function namedPlace(shapeOf: Named): Place {
  return { order: null, step: (_, value) => placeOf(shapeOf(value), value, shapeOf) }
}

/** A record may be one or a list of them. */
function placeOf(shape: Shape, value: unknown, shapeOf: Named): Place {
  if (Array.isArray(value)) return { order: null, step: (_, entry) => shapedPlace(shapeOf(entry)) }
  return shapedPlace(shape)
}

function shapedPlace(shape: Shape): Place {
  const plain = shape === null ? null : unwrap(shape)
  if (plain === null) return unknownPlace
  return {
    order: plain instanceof z.ZodObject ? Object.keys(plain.shape) : null,
    step: (key, value) => shapedPlace(shapeBehind(plain, key, value)),
  }
}

function shapeBehind(shape: z.ZodType, key: string | number, value: unknown): Shape {
  let behind: unknown = null
  if (shape instanceof z.ZodObject) behind = shape.shape[key]
  else if (shape instanceof z.ZodArray) behind = shape.element
  else if (shape instanceof z.ZodRecord) behind = shape.valueType
  if (!(behind instanceof z.ZodType)) return null
  const plain = unwrap(behind)
  if (!(plain instanceof z.ZodUnion)) return plain
  // Of several shapes the one for this kind of value; scalars have no order.
  const options = plain.options.map(option => unwrap(option as z.ZodType))
  if (Array.isArray(value)) return options.find(option => option instanceof z.ZodArray) ?? null
  return isMap(value) ? (options.find(option => option instanceof z.ZodObject) ?? null) : null
}

function shapeOfCheck(value: unknown): Shape {
  const protocol = isMap(value) ? value['protocol'] : null
  if (typeof protocol !== 'string' || !Object.hasOwn(checkSchemas, protocol)) return null
  return checkSchemas[protocol as keyof typeof checkSchemas]
}

function shapeOfRecords(value: unknown): Shape {
  const type = isMap(value) ? value['type'] : null
  if (typeof type !== 'string') return null
  return Object.hasOwn(recordSchemas, type) ? recordSchemas[type as keyof typeof recordSchemas] : genericSchema
}

function unwrap(shape: z.ZodType): z.ZodType {
  return shape instanceof z.ZodOptional ? unwrap(shape.unwrap() as z.ZodType) : shape
}

/** -1, 0 or 1: numbers inside texts by their value, as people count (`h2` before `h10`); else by code point. */
export function compareNaturally(a: string, b: string): number {
  const partsA = naturalParts(a)
  const partsB = naturalParts(b)
  for (let i = 0; i < Math.min(partsA.length, partsB.length); i++) {
    const order = i % 2 === 0 ? compareTexts(partsA[i]!, partsB[i]!) : Math.sign(Number(partsA[i]) - Number(partsB[i]))
    if (order !== 0) return order
  }
  return Math.sign(partsA.length - partsB.length)
}

/** Text, number, text, …: it begins with a text, be it an empty one. */
function naturalParts(text: string): readonly string[] {
  const found = text.split(/([0-9]+)/)
  return found.at(-1) === '' && found.length > 1 ? found.slice(0, -1) : found
}

function compareTexts(a: string, b: string): number {
  const pointsA = Array.from(a)
  const pointsB = Array.from(b)
  for (let i = 0; i < Math.min(pointsA.length, pointsB.length); i++) {
    const order = pointsA[i]!.codePointAt(0)! - pointsB[i]!.codePointAt(0)!
    if (order !== 0) return Math.sign(order)
  }
  return Math.sign(pointsA.length - pointsB.length)
}

/**
 * Zones → Snapshot: each zone becomes an image, the images are joined. For whoever has models; a server keeps the
 * images of zones that did not change and joins them anew.
 */
import { buildImage, type ZoneImage } from './image.ts'
import type { ZoneContents } from './model.ts'
import { type Compiled, joinImages } from './snapshot.ts'

/** Gives the serial of a zone whose file says `auto`. */
export type SerialOf = (zone: ZoneContents) => number

/** Zones and their RRsets are taken one by one, so both may come from generators. */
export function compile(
  model: { readonly zones: Iterable<ZoneContents> },
  generation: number,
  serialOf: SerialOf,
): Compiled {
  const images: ZoneImage[] = []
  for (const zone of model.zones) images.push(buildImage(zone, zone.soa.serial ?? serialOf(zone)))
  return joinImages(images, generation)
}

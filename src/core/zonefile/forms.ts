/**
 * What the name of a file says of what is in it, so that whoever lists a folder need not open anything, and no file can
 * be taken for two things.
 *
 *   svc.example.com.health.yaml   how the addresses of svc.example.com.zone beside it are checked; never a zone itself,
 *                                 so one zone in both forms stays a Problem
 *   svc.example.com./             a zone as octoDNS splits it: a folder, called as the zone with its closing dot
 */
const sidecarName = /\.health\.ya?ml$/i
const masterName = /\.zone$/i
const sidecarEnd = '.health.yaml'

/** True if the name of the file says that it is no zone but the health of one. */
export function isSidecar(file: string): boolean {
  return sidecarName.test(file)
}

/** The sidecar of a master file, whether it is there or not. */
export function sidecarPath(masterFile: string): string {
  return masterFile.replace(masterName, sidecarEnd)
}

/** The master file that a sidecar is for, as far as their names tell. */
export function masterPath(sidecar: string): string {
  return sidecar.replace(sidecarName, '.zone')
}

/** True if the path is that of a folder which is a zone. Its files come as what it includes. */
export function isSplitZone(path: string): boolean {
  return /[^./]\.$/.test(path)
}

/** True for a file in such a folder that is part of the zone. Hidden files and what editors leave are not. */
export function isSplitPart(name: string): boolean {
  return /^[^.#].*\.yaml$/.test(name)
}

/**
 * Files that a zone file names: certificates, keys, programs. A relative path begins at the folder of the zone file, so
 * that a folder of zones can be moved as a whole.
 */

/** `path` as it is found from where `file` was found. */
export function besideFile(file: string, path: string): string {
  return path.startsWith('/') ? path : `${file.slice(0, file.lastIndexOf('/') + 1)}${path}`
}

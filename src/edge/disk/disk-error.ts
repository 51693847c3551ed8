/**
 * The system's own name for a fault (`ENOSPC`, `EACCES`), which is what decisions go by; its sentence is for people and
 * differs between systems. Null for an error that is not the system's: that one is ours.
 */
export function errorCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

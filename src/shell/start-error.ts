/**
 * Why a server could not start, in words for people: one line, or one paragraph a problem. The command line prints it
 * as it is; any other error at the start is a fault of ours.
 */
export class StartError extends Error {
  override readonly name = 'StartError'
}

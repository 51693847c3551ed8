/**
 * Loads koffi, the foreign function interface, once for each thread: the only file that imports it. It is optional, so
 * whatever keeps it away (not installed, no build for this processor, another system than Linux, whose numbers and
 * layouts our calls use) comes back as a reason in words, for the status and the log, and never as a throw.
 */
type Koffi = typeof import('koffi')

export interface Loaded {
  readonly koffi: Koffi
  /** The process itself: Node is linked against its libc, so no file name is needed and musl will do as well. */
  readonly self: ReturnType<Koffi['load']>
}

/** One sentence without a full stop. */
export interface NotLoaded {
  readonly reason: string
}

let loading: Promise<Loaded | NotLoaded> | null = null

export function loadKoffi(): Promise<Loaded | NotLoaded> {
  loading ??= load()
  return loading
}

async function load(): Promise<Loaded | NotLoaded> {
  if (process.platform !== 'linux')
    return { reason: `only Linux is known well enough, and this is ${process.platform}` }
  try {
    const koffi = await import('koffi')
    return { koffi, self: koffi.load(null) }
  } catch (error) {
    return { reason: describe(error) }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `koffi cannot be loaded: ${String(error)}`
  if ('code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return 'koffi is not installed'
  return `koffi cannot be loaded: ${error.message.split('\n')[0]}`
}

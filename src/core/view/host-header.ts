/**
 * Under which Host a listener for operators may be asked (RFC 9110 section 7.2). A web page can make a browser call
 * us under a name of its own that resolves to our address (DNS rebinding), but never under an address literal.
 * Invariant: no name passes but `localhost` and the one that we were told to listen on.
 */

/** `header` is the Host field as sent: host, or host:port. */
export function isHostAllowed(header: string, listenHost: string): boolean {
  const host = hostOf(header)
  if (host === null) return false
  return isAddressLiteral(host) || host === 'localhost' || host === listenHost.toLowerCase()
}

/** The host without its port, lowered; IPv6 literals keep their brackets. */
function hostOf(header: string): string | null {
  const match = /^(\[[^\][]*\]|[^\][:]+)(?::[0-9]{1,5})?$/.exec(header)
  return match === null ? null : match[1]!.toLowerCase()
}

/** Loose on purpose: browsers take no text of these two shapes for a name. */
function isAddressLiteral(host: string): boolean {
  return /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(host) || /^\[[0-9a-f:.]+\]$/.test(host)
}

/**
 * `tls:` of a check → TlsSpec. A name goes into the handshake as it is (SNI, RFC 6066 section 3), so it is judged here;
 * whether the files can be read is found by the probe, since they may be replaced while the server runs.
 */
import type { TlsSpec } from '../health/types.ts'
import { parseIpv4 } from '../rdata/a.ts'
import { parseIpv6 } from '../rdata/aaaa.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { besideFile } from './files.ts'
import type { OptionalTlsInput, TlsInput } from './schema/tls.ts'

/** The server name is the one given, or null. Reports what is wrong with it. */
export function readTls(reader: Reader, input: TlsInput, path: Path): TlsSpec {
  const { server_name: serverName = null, verify = true, ca, cert, key } = input
  if (serverName !== null) requireServerName(reader, serverName, [...path, 'server_name'])
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
    const text = `\`${given}\` without \`${missing}\` proves nothing`
    refuse(reader, 'missing-key', reader.doc.keySpan([...path, given]), text, `add \`${missing}: FILE\``)
  }
  const fileOf = (file: string | undefined) => (file === undefined ? null : besideFile(reader.doc.file, file))
  return { serverName, verify, caFile: fileOf(ca), certFile: fileOf(cert), keyFile: fileOf(key) }
}

/** Null if the check is to speak clear text. */
export function readOptionalTls(reader: Reader, input: OptionalTlsInput | undefined, path: Path): TlsSpec | null {
  if (input === undefined || input === false) return null
  return readTls(reader, input === true ? {} : input, path)
}

function requireServerName(reader: Reader, name: string, path: Path): void {
  const isAddress = parseIpv4(name) !== null || parseIpv6(name) !== null
  if (/^[A-Za-z0-9._-]{1,253}$/.test(name) && !isAddress) return
  const hint = 'write a name as it stands in the certificate (RFC 6066 allows no address here)'
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), `${shown(name)} cannot be a TLS server name`, hint)
}

/**
 * The gRPC part of a check. The name of the service becomes part of a message and `host` a header field (`:authority`,
 * RFC 9113 section 8.3.1), so both are judged here.
 */
import type { Cadence, GrpcCheck } from '../health/types.ts'
import type { CheckDraft } from './check-plan.ts'
import { hasErrors, type Path, type Reader, refuse, shown } from './doc.ts'
import { requireHost, serverNameOf } from './http.ts'
import type { GrpcInput } from './schema/check-grpc.ts'
import { readOptionalTls } from './tls.ts'

export function readGrpc(
  reader: Reader,
  name: string,
  input: GrpcInput,
  cadence: Cadence,
  path: Path,
): CheckDraft | null {
  const problemsBefore = reader.problems.length
  const { port, service = '', host = null } = input
  if (!/^(?:[A-Za-z_][A-Za-z0-9_.-]{0,254})?$/.test(service)) {
    const span = reader.doc.valueSpan([...path, 'service'])
    refuse(reader, 'bad-value', span, `${shown(service)} is not the name of a service`, 'write it as `package.Service`')
  }
  if (host !== null) requireHost(reader, host, [...path, 'host'])
  const given = readOptionalTls(reader, input.tls, [...path, 'tls'])
  if (hasErrors(reader.problems.slice(problemsBefore))) return null
  const tls = given === null ? null : { ...given, serverName: given.serverName ?? serverNameOf(host) }
  const spec: GrpcCheck = { protocol: 'GRPC', name, ...cadence, port, service, host, tls }
  return { spec, hostFromOwner: tls !== null && host === null }
}

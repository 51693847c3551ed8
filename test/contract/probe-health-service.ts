/** A gRPC server's health service on node:http2, framed by hand: what each service says, and how else it may end. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { ServeStream } from './probe-targets.ts'

/** One DATA frame's worth: flag, length, message. */
export function frame(message: readonly number[], flag = 0): Buffer {
  return Buffer.from([flag, 0, 0, 0, message.length, ...message])
}

/** HealthCheckResponse{status}. */
export function statusFrame(status: number): Buffer {
  return frame(status === 0 ? [] : [0x08, status])
}

export const grpcHead = { ':status': 200, 'content-type': 'application/grpc' }

/** Answers with these octets and these trailers. */
export function replyWith(stream: ServerHttp2Stream, body: Buffer, trailers: Record<string, string>): void {
  stream.respond(grpcHead, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}

export interface Asked {
  readonly headers: IncomingHttpHeaders
  readonly service: string
}

/** Serves `Check`: `statusOf` yields the status of a service, or null where it is not known (grpc-status 5). */
export function serveHealth(statusOf: (service: string) => number | null, asked: Asked[] = []): ServeStream {
  return (stream, headers) => {
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('end', () => {
      const service = serviceIn(Buffer.concat(pieces).subarray(5))
      asked.push({ headers, service })
      const status = headers[':path'] === '/grpc.health.v1.Health/Check' ? statusOf(service) : null
      if (status === null)
        stream.respond({ ...grpcHead, 'grpc-status': '5', 'grpc-message': 'unknown' }, { endStream: true })
      else replyWith(stream, statusFrame(status), { 'grpc-status': '0' })
    })
  }
}

/** HealthCheckRequest{service}: a tag, a length of one or two octets, the name. */
function serviceIn(message: Buffer): string {
  return message.length === 0 ? '' : message.toString('utf8', message[1]! < 0x80 ? 2 : 3)
}

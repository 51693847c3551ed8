/**
 * Where names stand in the rdata of a message, so that pointers in them can be followed. Senders may compress names of
 * the types of RFC 1035 only, but those that are older than RFC 3597 compressed others too, and its section 4 wants
 * them read. All other types are octets, whatever they hold.
 */
import { namesInRdata, rrType } from '../rdata/table.ts'

/** Octets, then strings, then names, then octets; what is behind them is an error. */
export interface RdataLayout {
  readonly octetsBefore: number
  readonly strings: number
  readonly names: number
  /** `rest`: whatever follows, as it is (parameters of SVCB). */
  readonly octetsBehind: number | 'rest'
}

const oneName: RdataLayout = { octetsBefore: 0, strings: 0, names: 1, octetsBehind: 0 }
const twoNames: RdataLayout = { ...oneName, names: 2 }
const afterTwo: RdataLayout = { ...oneName, octetsBefore: 2 }

/** Types without words here: MD, MF, MB, MG, MR; MINFO, RP; AFSDB, RT, KX; PX. */
const wordless = new Map<number, RdataLayout>([
  ...[3, 4, 7, 8, 9].map((code): [number, RdataLayout] => [code, oneName]),
  ...[14, 17].map((code): [number, RdataLayout] => [code, twoNames]),
  ...[18, 21, 36].map((code): [number, RdataLayout] => [code, afterTwo]),
  [26, { ...twoNames, octetsBefore: 2 }],
])

/** Null for a type whose rdata holds no name that could be compressed. */
export function layoutOf(type: number): RdataLayout | null {
  switch (namesInRdata(type)) {
    case 'one':
    case 'one-plain':
      return oneName
    case 'after-2':
      return afterTwo
    case 'after-2-plain':
      return { ...afterTwo, octetsBehind: 'rest' }
    case 'after-6-plain':
      return { ...oneName, octetsBefore: 6 }
    case 'last-plain':
      return { ...oneName, octetsBefore: 4, strings: 3 }
    case 'soa':
      return { ...twoNames, octetsBehind: 20 }
    case 'none':
      return type === rrType.OPT ? null : (wordless.get(type) ?? null)
  }
}

/**
 * The twelve octets in front of every message (RFC 1035 section 4.1.1).
 *
 *    0  ID                                    QR = response   AA = authoritative   TC = truncated
 *    2  |QR| Opcode |AA|TC|RD| |RA|Z|AD|CD| RCODE |
 *    4  QDCOUNT      6  ANCOUNT      8  NSCOUNT      10  ARCOUNT
 */
export const headerOctets = 12
/** Where QDCOUNT stands. */
export const questionCountAt = 4

export const flag = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100 } as const
export const opcodeMask = 0x7800
/** The opcode of NOTIFY (RFC 1996) where it stands in the flags. */
export const opcodeNotify = 4 << 11

export const rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  /** A name that a DNAME would make longer than 255 octets (RFC 6672 section 2.2). */
  YXDOMAIN: 6,
  /** Not authoritative for what a transfer asks, or a signature that is not believed (RFC 8945 section 5.2). */
  NOTAUTH: 9,
  /** Extended (RFC 6891 section 6.1.3): the low four bits go into the header, the rest into OPT. */
  BADVERS: 16,
  /** Extended: a server cookie that is none of ours, where nothing else was asked (RFC 7873 section 5.4). */
  BADCOOKIE: 23,
} as const

export const classIn = 1
export const classChaos = 3

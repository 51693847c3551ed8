/** Rows on TCP and on transfers. */
import { dig, type Row, raw } from './row.ts'

const soa = 'n:ref.test 0006 0001'
const www = 'n:www.ref.test 0001 0001'
const oneQuestion = '0001 0000 0000 0000'

export const streamRows: readonly Row[] = [
  {
    id: 'T1',
    level: 'must',
    rests: 'RFC 7766 5',
    what: 'TCP answers what UDP answers',
    asks: dig('+tcp www.ref.test A'),
    expect: [/flags: qr aa;/, /ANSWER: 2,/],
  },
  {
    id: 'T2',
    level: 'must',
    rests: 'RFC 7766 6.2.1.1',
    what: 'five queries in one segment, five answers',
    asks: raw('tcp', ...[1, 2, 3, 4, 5].map(id => `000${id} 0000 ${oneQuestion} ${soa}`)),
    expect: [/id=0001/, /id=0002/, /id=0003/, /id=0004/, /id=0005/],
    never: [/no answer/, /closed/],
  },
  {
    id: 'T3',
    level: 'must',
    rests: 'RFC 7766 8',
    what: 'length and message arriving octet by octet',
    asks: raw('tcp-octets', `0006 0000 ${oneQuestion} ${www}`),
    expect: [/id=0006 NOERROR aa/],
  },
  {
    id: 'T4',
    level: 'should',
    rests: 'RFC 7766 6.2.4',
    what: 'a client that closes its side after the query is still answered',
    asks: raw('tcp-half', `0007 0000 ${oneQuestion} ${www}`),
    expect: [/id=0007 NOERROR aa/],
  },
  {
    id: 'T5',
    level: 'must',
    rests: 'RFC 7766 6.2.1',
    what: 'three queries one after the other on one connection',
    asks: dig('+tcp +keepopen www.ref.test A ref.test SOA pool.ref.test A'),
    expect: [/ANSWER: 2,.*ANSWER: 1,.*ANSWER: 8,/],
  },
  {
    id: 'T6',
    level: 'choice',
    rests: 'RFC 7828 3.2.2',
    what: 'a client that asks how long it may stay is answered, over TCP only',
    asks: dig('+tcp +keepalive ref.test SOA', '+notcp +keepalive ref.test SOA'),
    expect: [/TCP KEEPALIVE: 10\.0 secs/, /NOERROR.*NOERROR/],
    never: [/KEEPALIVE.*KEEPALIVE/],
  },
  {
    id: 'T7',
    level: 'must',
    rests: 'RFC 1035 4.2.2',
    what: 'half a length on one connection does not hold up the next',
    asks: [...raw('tcp-bare', 'ff'), ...dig('+tcp ref.test SOA')],
    expect: [/NOERROR/],
  },
  {
    id: 'X1',
    level: 'choice',
    rests: 'RFC 5936 2.2.1',
    what: 'a transfer that nobody has allowed: REFUSED',
    asks: dig('+tcp ref.test AXFR'),
    expect: [/Transfer failed/],
    never: [/XFR size/],
  },
  {
    id: 'X2',
    level: 'choice',
    rests: 'RFC 1995 4',
    what: 'an incremental one: REFUSED as well',
    asks: dig('+tcp ref.test IXFR=1'),
    expect: [/Transfer failed/],
    never: [/XFR size/],
  },
]

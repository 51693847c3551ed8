/** The question that a pair is asked, and the zone in which each server of the pair answers it in its own way. */

const owner = Buffer.concat(
  [...['www', 'pair', 'test', '']].map(label => Buffer.from([label.length, ...Buffer.from(label)])),
)

export function makeQuery(id: number): Buffer {
  const head = Buffer.from([id >>> 8, id & 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([head, owner, Buffer.from([0, 1, 0, 1])])
}

export function pairZone(server: number): string {
  return `
soa: {mname: ns1.pair.test., rname: hostmaster.pair.test.}
records:
  '@': {type: NS, value: ns1.pair.test.}
  ns1: {type: A, value: 10.53.0.53}
  www: {type: A, value: 10.0.0.${server}}
`
}

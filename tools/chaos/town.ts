/**
 * What is served while everything happens: a few zones of services, each with some of its six addresses in the zone
 * file at a time, a backend behind every address, and the text of a zone file for any choice of members.
 */
export const addressesPerService = 6

export interface Service {
  /** Absolute, with its final dot. */
  readonly owner: string
  readonly zone: number
  readonly number: number
  /** By member, 0 to 5. */
  readonly addresses: readonly string[]
}

export interface Town {
  readonly zones: readonly string[]
  readonly services: readonly Service[]
}

/** Which members of each service are in the zone files, a bit each, by service. */
export type Census = readonly number[]

export function planTown(zones: number, servicesPerZone: number): Town {
  const names = Array.from({ length: zones }, (_, i) => `chaos${i}.test`)
  const services = names.flatMap((name, zone) =>
    Array.from({ length: servicesPerZone }, (_, number): Service => {
      const addresses = Array.from(
        { length: addressesPerService },
        (_, member) => `127.${zone + 40}.${number + 1}.${member + 1}`,
      )
      return { owner: `svc${number}.${name}.`, zone, number, addresses }
    }),
  )
  return { zones: names, services }
}

/** Four of six to begin with. */
export function firstCensus({ services }: Town): Census {
  return services.map(() => 0b1111)
}

export function membersOf(mask: number): readonly number[] {
  return Array.from({ length: addressesPerService }, (_, member) => member).filter(member => mask & (1 << member))
}

export function fileOf({ zones }: Town, zone: number): string {
  return `${zones[zone]}.yaml`
}

/** `port` is where every backend listens. Zones differ in how they look after them. */
export function zoneText({ services }: Town, zone: number, census: Census, port: number): string {
  const check =
    zone % 2 === 0
      ? `{protocol: TCP, port: ${port}, ${cadence}}`
      : `{protocol: HTTP, port: ${port}, path: /up, ${cadence}}`
  const records = services.flatMap((service, i) => {
    if (service.zone !== zone) return []
    const values = membersOf(census[i]!).map(member => service.addresses[member])
    return [`  svc${service.number}: {type: A, ttl: 5, check: web, values: [${values.join(', ')}]}`]
  })
  return `soa: {mname: ns1.chaos.test., rname: hostmaster.chaos.test.}
checks: {web: ${check}}
records:
  '@': {type: NS, values: [ns1.example.net., ns2.example.net.]}
${records.join('\n')}
`
}

const cadence = 'interval: 500ms, timeout: 1s, fast_interval: 200ms, fall: 2, rise: 2'

/** Longer than it takes to notice a backend that came or went, on a machine that is very busy. */
export const noticeMs = 20_000

/** What people do to zone files. */
export const mistakes: readonly ((text: string) => string)[] = [
  text => text.replace('type: A,', 'type: AAAAA,'),
  text => text.replace('values: [127', 'values: [1270'),
  text => text.replace('check: web', 'check: wbe'),
  text => `${text.slice(0, Math.floor(text.length * 0.7)).replace(/\]\}\s*$/, '')}\n  svc: [`,
]

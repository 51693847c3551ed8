/**
 * Zones and their services, trouble first; a service opens to its members. What came into trouble opens by itself and
 * stays open, and nothing changes its place while someone is in the list with the keyboard.
 */
import { useId, useRef, useState } from 'preact/hooks'
import type { LivePool } from '../src/core/view/live.ts'
import { groupByZone, sharesOf, stateOfMember, stateOfPool, urgencyOf, type ZoneGroup } from './health.ts'
import { Mark, Stated } from './marks.tsx'
import { type Intent, Member } from './member.tsx'
import { countedShares, type Model } from './model.ts'
import { describeMode, nameInZone, shortName } from './words.ts'

export interface ServicesProps {
  readonly model: Model
  readonly nowAt: number
  readonly scheme: string
  readonly intend: ((intent: Intent) => void) | null
}

/** So many services open by themselves. */
const openedMax = 6
/** Few services are all open to begin with. */
const fewServices = 2
const marksMax = 24

export function Services(props: ServicesProps) {
  const { model } = props
  const [pattern, setPattern] = useState('')
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map())
  const opened = useOpened(model)
  const list = useRef<HTMLDivElement>(null)
  const groups = useSteady(groupByZone([...model.pools.values()], model.sections?.zones.shown ?? [], pattern), list)
  const count = model.sections?.pools
  const isOpen = (key: string): boolean => chosen.get(key) ?? opened.has(key)
  return (
    <section aria-labelledby="services" class="services">
      <div class="section-head">
        <h2 id="services" tabIndex={-1}>
          Services
        </h2>
        <label class="filter">
          <span class="unseen">Filter by name, type or address</span>
          <input
            type="search"
            placeholder="Filter"
            value={pattern}
            onInput={event => setPattern(event.currentTarget.value)}
          />
        </label>
      </div>
      <div ref={list}>
        {groups.map(group => (
          <Zone
            key={group.name}
            group={group}
            isOpen={isOpen}
            toggle={key => setChosen(new Map(chosen).set(key, !isOpen(key)))}
            {...props}
          />
        ))}
      </div>
      {groups.length === 0 && (
        <p class="muted">
          {model.pools.size === 0 ? 'No name here is answered by health.' : 'Nothing fits the filter.'}
        </p>
      )}
      {count !== undefined && count.total > count.shown && (
        <p class="muted">
          {count.total - count.shown} more services are not shown; ask for one under Explain, or with{' '}
          <code>robin states</code>.
        </p>
      )}
    </section>
  )
}

interface ZoneProps extends ServicesProps {
  readonly group: ZoneGroup
  readonly isOpen: (key: string) => boolean
  readonly toggle: (key: string) => void
}

function Zone({ group, isOpen, toggle, ...props }: ZoneProps) {
  const id = useId()
  const { name, serial, pools, troubled } = group
  return (
    <section aria-labelledby={id} class="zone">
      <h3 id={id}>
        {shortName(name)}
        <span class="muted zone-note">
          {serial === null ? '' : ` serial ${serial}, `}
          {pools.length} {pools.length === 1 ? 'service' : 'services'}
          {troubled > 0 ? `, ${troubled} not calm` : ''}
        </span>
      </h3>
      {pools.map(pool => (
        <Service key={pool.key} pool={pool} zone={name} open={isOpen(pool.key)} toggle={toggle} {...props} />
      ))}
    </section>
  )
}

interface ServiceProps extends ServicesProps {
  readonly pool: LivePool
  readonly zone: string
  readonly open: boolean
  readonly toggle: (key: string) => void
}

function Service({ pool, zone, open, toggle, model, nowAt, scheme, intend }: ServiceProps) {
  const id = useId()
  const state = stateOfPool(pool)
  const counted = countedShares(model, pool.key)
  const shares = counted ?? sharesOf(pool)
  const { key, owner, type, rule, eligible, members, ttl } = pool
  return (
    <article class={`service tone-edge-${state.tone}`} aria-labelledby={`${id}-name`} data-key={key}>
      <h4>
        <button type="button" class="service-head" aria-expanded={open} aria-controls={id} onClick={() => toggle(key)}>
          <span class="service-name" id={`${id}-name`}>
            <b>{nameInZone(owner, zone)}</b> <span class="type">{type}</span>
            {rule !== null && <span class="chip">{rule.pool}</span>}
          </span>
          <Stated state={state} />
          <span class="service-count">
            <span class="figure">
              {eligible} of {members.length}
            </span>{' '}
            eligible
          </span>
          <span class="strip" aria-hidden="true">
            {members.slice(0, marksMax).map(member => (
              <Mark key={member.address} tone={stateOfMember(member).tone} />
            ))}
          </span>
          <span class="service-mode muted">
            {describeMode(pool)}, TTL {ttl}
          </span>
        </button>
      </h4>
      <div id={id} hidden={!open}>
        {open && (
          <ul class="members" aria-label={`members of ${shortName(owner)} ${type}`}>
            {members.map((member, at) => (
              <Member
                key={`${member.tier} ${member.address}`}
                {...{ pool, member, nowAt, scheme, intend, latencies: model.latencies }}
                share={shares[at] ?? 0}
                counted={counted !== null}
              />
            ))}
          </ul>
        )}
      </div>
    </article>
  )
}

/** Services that opened by themselves: in trouble at any time since the page was opened, or few from the start. */
function useOpened({ pools }: Model): ReadonlySet<string> {
  const opened = useRef(new Set<string>())
  const begun = useRef(false)
  if (pools.size > 0) {
    for (const pool of pools.values()) {
      const wanted = urgencyOf(pool) < 2 || (!begun.current && pools.size <= fewServices)
      if (wanted && opened.current.size < openedMax) opened.current.add(pool.key)
    }
    begun.current = true
  }
  return opened.current
}

/** Keeps the order as it was while the focus is inside: an element that moves would lose it. */
function useSteady(groups: readonly ZoneGroup[], list: { readonly current: HTMLElement | null }): readonly ZoneGroup[] {
  const before = useRef<readonly ZoneGroup[]>([])
  const isHeld = list.current?.contains(document.activeElement) === true
  if (!isHeld) {
    before.current = groups
    return groups
  }
  const zones = before.current.map(group => group.name)
  const keys = before.current.flatMap(group => group.pools.map(pool => pool.key))
  const place = (known: readonly string[], one: string): number => {
    const at = known.indexOf(one)
    return at < 0 ? known.length : at
  }
  return groups
    .toSorted((a, b) => place(zones, a.name) - place(zones, b.name))
    .map(group => ({ ...group, pools: group.pools.toSorted((a, b) => place(keys, a.key) - place(keys, b.key)) }))
}

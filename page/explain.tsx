/**
 * Why a name is answered as it is: asked of the server, which says the same to the command line.
 */
import { useState } from 'preact/hooks'
import type { ExplainedPool, Explanation } from '../src/core/view/explain.ts'
import { Mark } from './marks.tsx'
import { askExplanation } from './orders.ts'
import { describeMode, describeReason, shortName } from './words.ts'

export function Explain() {
  const [name, setName] = useState('')
  const [type, setType] = useState('')
  const [from, setFrom] = useState('')
  const [found, setFound] = useState<Explanation | string | null>(null)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setFound(await askExplanation(name.trim(), type, from.trim()))
  }
  return (
    <section aria-labelledby="explain">
      <h2 id="explain">Explain</h2>
      <form class="explain-form" aria-labelledby="explain" onSubmit={event => void submit(event)}>
        <label class="wide">
          Name
          <input
            required
            value={name}
            onInput={event => setName(event.currentTarget.value)}
            placeholder="www.example.com"
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <label>
          Type
          <select value={type} onChange={event => setType(event.currentTarget.value)}>
            <option value="">any</option>
            {['A', 'AAAA', 'CNAME', 'SRV', 'HTTPS', 'ALIAS'].map(each => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Client
          <input
            value={from}
            onInput={event => setFrom(event.currentTarget.value)}
            placeholder="any"
            size={14}
            autocomplete="off"
          />
        </label>
        <button type="submit">Explain</button>
      </form>
      <div class="explained" aria-live="polite">
        {found !== null && (typeof found === 'string' ? <p class="tone-bad">{found}</p> : <Explained {...found} />)}
      </div>
    </section>
  )
}

function Explained({ name, zone, owner, pools }: Explanation) {
  const asked = shortName(name)
  if (zone === null)
    return (
      <p>
        <b>{asked}</b> lies in no zone of this server: the answer is REFUSED.
      </p>
    )
  if (owner === null || pools.length === 0)
    return (
      <p>
        <b>{asked}</b> in {shortName(zone)}: health has no part in its answer.
      </p>
    )
  return (
    <>
      <p>
        <b>{asked}</b> in {shortName(zone)}
        {owner === name ? '' : `, by the wildcard ${shortName(owner)}`}
      </p>
      {pools.map((each, at) => (
        <ExplainedOne key={at} {...each} />
      ))}
    </>
  )
}

function ExplainedOne({ pool, members }: ExplainedPool) {
  return (
    <>
      <h3>
        {pool.type}
        {pool.rule === null ? '' : `, pool ${pool.rule.pool}`}: {pool.eligible} of {pool.members.length} eligible
      </h3>
      <p class="muted">
        {describeMode(pool)}, TTL {pool.ttl}, out of answers within {Math.ceil(pool.worstRemovalMs / 1000)} s of its
        death
      </p>
      <ul class="reasons">
        {members.map(({ member, reason }, at) => (
          <li key={at}>
            <code>{member.address}</code>{' '}
            <span class={`stated tone-${member.answered ? 'good' : 'plain'}`}>
              <Mark tone={member.answered ? 'good' : 'plain'} /> {member.answered ? 'answered' : 'left out'}
            </span>
            <span class="muted"> {describeReason(reason)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

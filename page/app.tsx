/**
 * The whole page: connects, keeps the model, and lays out what there is to see. Time passes once a second for all.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useReducer, useState } from 'preact/hooks'
import { CacheWatch } from './cache-watch.tsx'
import { connect, type Link } from './connection.ts'
import { Explain } from './explain.tsx'
import { type State, stateOfPool, urgencyOf } from './health.ts'
import { Stated } from './marks.tsx'
import type { Intent } from './member.tsx'
import { emptyModel, hear, type Model } from './model.ts'
import { Notices } from './notices.tsx'
import { OrderDialog } from './order-dialog.tsx'
import { Services } from './services.tsx'
import { LiveRegion, Timeline } from './timeline.tsx'
import { formatAge } from './words.ts'

const linkStates: Readonly<Record<Link, State>> = {
  connecting: { tone: 'doubt', word: 'connecting' },
  connected: { tone: 'good', word: 'live' },
  lost: { tone: 'bad', word: 'not connected' },
}

export function App() {
  const [model, tellModel] = useReducer(hear, emptyModel)
  const [link, setLink] = useState<Link>('connecting')
  const [intent, setIntent] = useState<Intent | null>(null)
  const [said, setSaid] = useState('')
  const [left, setLeft] = useState<string | null>(null)
  const nowAt = useNow() + model.aheadMs
  const scheme = useScheme()
  useEffect(() => connect('api/v1/stream', { onLink: setLink, onMessage: tellModel }), [])
  const { sections } = model
  const tokenFile = sections?.server.tokenFile ?? null
  return (
    <>
      <a class="skip" href="#services">
        Skip to services
      </a>
      <Banner model={model} link={link} nowAt={nowAt} />
      <div class={link === 'lost' ? 'body stale' : 'body'}>
        <main>
          {link === 'lost' && sections !== null && (
            <p class="notice tone-edge-bad">
              Not connected: what is below was true at {new Date(nowAtLast(model)).toLocaleTimeString('en-GB')}.
            </p>
          )}
          {sections !== null && <Notices sections={sections} nowAt={nowAt} />}
          {sections === null ? (
            <p class="muted">
              {link === 'lost' ? 'The server cannot be reached; trying again.' : 'Waiting for the server.'}
            </p>
          ) : (
            <Services {...{ model, nowAt, scheme, intend: tokenFile === null ? null : setIntent }} />
          )}
        </main>
        <aside aria-label="Timeline and explanations">
          <Explain />
          <Timeline model={model} />
        </aside>
      </div>
      <footer>
        {sections !== null && (
          <>
            Robin {sections.server.version}, {sections.server.listening.join(', ')}, {sections.server.workers} workers
            {sections.server.io === null ? '' : ` (${sections.server.io})`}, up{' '}
            {formatAge(nowAt - sections.server.startedAt)}
          </>
        )}{' '}
        <a href="api/v1/status">status</a> <a href="metrics">metrics</a> <a href="licences.txt">licences</a>
      </footer>
      {left !== null && <CacheWatch key={left} target={left} dismiss={() => setLeft(null)} />}
      {intent !== null && (
        <OrderDialog
          intent={intent}
          tokenFile={tokenFile}
          close={done => {
            setIntent(null)
            if (done === null) return
            setSaid(done.text)
            setLeft(done.leaves ? done.target : null)
          }}
        />
      )}
      <LiveRegion model={model} said={link === 'lost' ? 'Not connected to the server' : said} />
    </>
  )
}

function Banner({ model, link, nowAt }: { readonly model: Model; readonly link: Link; readonly nowAt: number }) {
  const { sections, pools, queriesPerSecond } = model
  const bad = [...pools.values()].filter(pool => urgencyOf(pool) === 0).length
  const short = [...pools.values()].filter(pool => stateOfPool(pool).tone !== 'good').length - bad
  const overall: State =
    bad > 0
      ? { tone: 'bad', word: `${bad} failing` }
      : short > 0
        ? { tone: 'doubt', word: `${short} not calm` }
        : { tone: 'good', word: 'all calm' }
  return (
    <header>
      <h1>Robin</h1>
      <span class="link-state">
        <Stated state={linkStates[link]} />
      </span>
      {sections !== null && (
        <dl class="facts">
          <Fact name="Services">
            <Stated state={overall} />
          </Fact>
          <Fact name="Endpoints down">
            {sections.checks.endpointsDown} of {sections.checks.endpoints}
          </Fact>
          <Fact name="Zones">{sections.zones.total}</Fact>
          <Fact name="Generation">
            {sections.reload.generation} <span class="muted">for {formatAge(nowAt - sections.reload.installedAt)}</span>
          </Fact>
          <Fact name="Orders">{sections.overrides.length}</Fact>
          <Fact name="Queries">
            {queriesPerSecond === null ? sections.queries : `${Math.round(queriesPerSecond)}/s`}
          </Fact>
        </dl>
      )}
    </header>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function nowAtLast({ lastQueries }: Model): number {
  return lastQueries?.at ?? 0
}

function useNow(): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** `dark` or `light`, as the system has it now. */
function useScheme(): string {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const turn = (): void => setDark(query.matches)
    query.addEventListener('change', turn)
    return () => query.removeEventListener('change', turn)
  }, [])
  return dark ? 'dark' : 'light'
}

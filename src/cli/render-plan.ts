/**
 * The plan for people: by zone and name what enters and what leaves, then what is configured otherwise, and in one
 * sentence whether the server would take it. Pure.
 */
import type { PlanOutput } from './plan-shape.ts'
import { count, type Paint, printable } from './render-text.ts'

/** Lines of changes that are shown; --json has all. */
const changesShownMax = 400
/** Values of one set, and settings. */
const valuesShownMax = 16

type Change = PlanOutput['changes'][number]
type SettingChanges = Change['settings']

export function renderPlan(plan: PlanOutput, paint: Paint): string {
  if (plan.refusal === 'problems') return `${paint.bad('would be refused')}: the files have errors\n`
  const shown = plan.changes.slice(0, changesShownMax)
  const left = plan.changes.length - shown.length
  return [
    ...plan.notes.map(note => `note: ${printable(note)}\n`),
    renderZones(plan, paint),
    ...shown.map(change => renderChange(change, paint)),
    left > 0 ? `… and ${count(left, 'more change')}; --json has all of them\n` : '',
    ...plan.checks.map(check => renderCheck(check, paint)),
    renderSummary(plan, paint),
  ].join('')
}

function renderZones({ zones: { added, removed } }: PlanOutput, paint: Paint): string {
  const lines = [
    ...added.map(name => paint.good(`+ zone ${printable(name)}\n`)),
    ...removed.map(name => paint.bad(`- zone ${printable(name)}\n`)),
  ]
  return lines.join('')
}

function renderChange({ kind, owner, type, pool, enters, leaves, settings }: Change, paint: Paint): string {
  const chain = pool === null ? '' : `, pool ${pool}`
  const head = `${signOf(kind)} ${printable(`${owner} ${type}${chain}`)}\n`
  const coloured = kind === 'added' ? paint.good(head) : kind === 'removed' ? paint.bad(head) : paint.strong(head)
  const values = [
    ...limit(leaves).map(value => `    ${paint.bad(`- ${printable(value)}`)}\n`),
    ...limit(enters.map(({ value, proven }) => `${value}${proven ? '' : '  once its check has passed'}`)).map(
      text => `    ${paint.good(`+ ${printable(text)}`)}\n`,
    ),
  ]
  // Who enters or leaves is said above.
  const moved = new Set([...leaves, ...enters.map(({ value }) => value)])
  const rest = settings.filter(({ key, from, to }) => (from !== null && to !== null) || !moved.has(memberOf(key)))
  return `${coloured}${values.join('')}${renderSettings(rest)}`
}

function memberOf(key: string): string {
  return key.replace(/^member /, '').replace(/ in .*$/, '')
}

function renderCheck({ kind, zone, check, settings }: PlanOutput['checks'][number], paint: Paint): string {
  const head = `${signOf(kind)} check ${printable(check)} of ${printable(zone)}\n`
  return `${paint.strong(head)}${renderSettings(settings)}`
}

function renderSettings(settings: SettingChanges): string {
  const lines = settings.map(({ key, from, to }) => {
    const text = from === null ? `${key}: ${to}` : to === null ? `${key}: ${from}, no more` : `${key}: ${from} → ${to}`
    return `    ${printable(text)}\n`
  })
  const left = lines.length - valuesShownMax
  return `${lines.slice(0, valuesShownMax).join('')}${left > 0 ? `    … and ${left} more\n` : ''}`
}

function limit(values: readonly string[]): readonly string[] {
  const left = values.length - valuesShownMax
  return left > 0 ? [...values.slice(0, valuesShownMax), `… and ${left} more`] : values
}

function signOf(kind: Change['kind']): string {
  return kind === 'added' ? '+' : kind === 'removed' ? '-' : '~'
}

function renderSummary(plan: PlanOutput, paint: Paint): string {
  const { zones, answers, changes, checks, compared, health, refusal, problems } = plan
  const enters = changes.reduce((sum, change) => sum + change.enters.length, 0)
  const leaves = changes.reduce((sum, change) => sum + change.leaves.length, 0)
  const touched = zones.added.length + zones.removed.length + changes.length + checks.length
  const where = compared?.generation == null ? compared?.folder : `generation ${compared.generation}`
  const basis = `compared with ${printable(where ?? '')}, ${
    health === 'server' ? 'health as the server knows it' : 'every address taken to be up'
  }\n`
  if (touched === 0) return `nothing would change\n${basis}`
  const share = answers === null || answers.now === 0 ? 0 : Math.round((answers.removed / answers.now) * 100)
  const loss =
    answers === null ? '' : `; ${answers.removed} of ${count(answers.now, 'answer')} (${share}%) would be gone`
  const counts = `${count(enters, 'value')} would enter, ${leaves} would leave${loss}\n`
  const excess = problems.find(({ code }) => code === 'max-change')
  const verdict =
    refusal === null || excess === undefined
      ? ''
      : `${paint.bad('would be refused')}: ${printable(excess.text)}\n  hint: ${excess.hint ?? ''}\n`
  return `${counts}${verdict}${basis}`
}

import type { Pod } from '#api/core/v1.ts'
import type { Column } from '#apiserver/resource.ts'
import { once } from '#machinery/remember.ts'
import { ageOf } from '#machinery/time.ts'
import { age, name, text, wide } from '#resources/columns.ts'
import { type Summary, summarize } from './summary.ts'

/** Three columns say a part of it each, every time that somebody asks. */
const summaries = new WeakMap<Pod, Summary>()

const summaryOf = (pod: Pod): Summary => once(summaries, pod, () => summarize(pod))

/** What `kubectl get pods` shows. */
export const columns: readonly Column<Pod>[] = [
  name,
  text('Ready', pod => {
    const { ready, total } = summaryOf(pod)
    return `${ready}/${total}`
  }),
  text('Status', pod => summaryOf(pod).status),
  text('Restarts', (pod, now) => {
    const { restarts, lastRestart } = summaryOf(pod)
    return restarts && lastRestart ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts)
  }),
  age,
  wide(text('IP', ({ status }) => status?.podIPs?.[0]?.ip || '<none>')),
  wide(text('Node', ({ spec }) => spec.nodeName || '<none>')),
  wide(text('Nominated Node', ({ status }) => status?.nominatedNodeName || '<none>')),
  wide(text('Readiness Gates', readinessGates)),
]

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? []
  const open = gates.filter(
    gate => status?.conditions?.find(condition => condition.type === gate.conditionType)?.status === 'True',
  )
  return gates.length ? `${open.length}/${gates.length}` : '<none>'
}

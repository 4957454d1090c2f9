import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'

const annotation = 'api-approved.kubernetes.io'
const path = `metadata.annotations[${annotation}]`
const proposal = 'see https://github.com/kubernetes/enhancements/pull/1111'
const must = `protected groups must have approval annotation "${annotation}"`

type State = 'missing' | 'bypassed' | 'approved' | 'invalid'
type Annotations = Readonly<Record<string, string>>

/** Groups that belong to Kubernetes are Kubernetes' to define: a definition in one says who agreed. */
export function* validateApproval(
  annotations: Annotations | undefined,
  before: Annotations | undefined,
  group: string,
  exists: boolean,
): Generator<Cause> {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return
  const state = stateOf(annotations)
  if (exists && state === stateOf(before)) return
  if (state === 'missing') yield required(path, `${must}, ${proposal}`)
  if (state === 'invalid')
    yield invalidValue(
      path,
      annotations![annotation],
      `${must} with either a URL or a reason starting with "unapproved", ${proposal}`,
    )
}

function stateOf(annotations: Annotations | undefined): State {
  const said = annotations?.[annotation]
  if (!said) return 'missing'
  if (said.startsWith('unapproved')) return 'bypassed'
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/]/.test(said) ? 'approved' : 'invalid'
}

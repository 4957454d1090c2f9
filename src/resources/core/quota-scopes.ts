import type { ResourceQuotaSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { isQuotaResource } from './pod-spec/requirements.ts'

const compute = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']
const ofPods = new Set(['pods', ...compute])
const ofClaims = new Set(['persistentvolumeclaims', 'requests.storage'])

/** What each scope may count. */
const counted: Readonly<Record<string, ReadonlySet<string>>> = {
  Terminating: ofPods,
  NotTerminating: ofPods,
  BestEffort: new Set(['pods']),
  NotBestEffort: ofPods,
  PriorityClass: ofPods,
  CrossNamespacePodAffinity: ofPods,
  VolumeAttributesClass: ofClaims,
}
const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]
const existing = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']

/** Checks to what a quota applies. */
export function* validateScopes(spec: ResourceQuotaSpec, path: string): Generator<Cause> {
  const { scopes = [] } = spec
  const at = `${path}.scopes`
  for (const scope of scopes) {
    if (!counted[scope]) yield invalidValue(at, scopes, 'unsupported scope')
    for (const _ of unfit(spec, scope)) yield invalidValue(at, scopes, 'unsupported scope applied to resource')
  }
  for (const pair of conflicting)
    if (pair.every(scope => scopes.includes(scope as never))) yield invalidValue(at, scopes, 'conflicting scopes')
  if (spec.scopeSelector) yield* validateScopeSelector(spec, `${path}.scopeSelector.matchExpressions`)
}

/** Resources of a quota that a scope cannot count. */
const unfit = ({ hard }: ResourceQuotaSpec, scope: string): string[] =>
  Object.keys(hard ?? {}).filter(name => isQuotaResource(name) && counted[scope] && !counted[scope].has(name))

/** Upstream leaves the index out of all its paths. */
function* validateScopeSelector(spec: ResourceQuotaSpec, path: string): Generator<Cause> {
  const expressions = spec.scopeSelector?.matchExpressions ?? []
  const printed = {
    MatchExpressions: expressions.map(({ scopeName, operator, values }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values ?? null,
    })),
  }
  for (const { scopeName, operator, values = [] } of expressions) {
    if (!counted[scopeName]) yield invalidValue(`${path}.scopeName`, scopeName ?? '', 'unsupported scope')
    for (const _ of unfit(spec, scopeName)) yield invalidValue(path, printed, 'unsupported scope applied to resource')
    if (existing.includes(scopeName) && operator !== 'Exists') {
      const detail =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
      yield invalidValue(`${path}.operator`, operator ?? '', detail)
    }
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        yield required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length)
        yield invalidValue(
          `${path}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        )
    } else yield invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')
  }
  const names = expressions.map(({ scopeName }) => scopeName as string)
  for (const pair of conflicting)
    if (pair.every(scope => names.includes(scope))) yield invalidValue(path, spec.scopes ?? null, 'conflicting scopes')
}

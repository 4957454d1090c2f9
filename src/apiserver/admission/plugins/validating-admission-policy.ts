import {
  ValidatingAdmissionPolicyBinding as Binding,
  ValidatingAdmissionPolicy as Policy,
} from '#api/admissionregistration/v1.ts'
import { Namespace } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import { type Cause, notFound, StatusError } from '#api/status.ts'
import { type Admission, type Review, refused } from '#apiserver/admission/admission.ts'
import { type Judgement, judge } from '#apiserver/admission/policies/judge.ts'
import { isExempt, Matching } from '#apiserver/admission/policies/matching.ts'
import { ConfigurationError, paramKindOf, paramsOf } from '#apiserver/admission/policies/params.ts'
import { Rights } from '#apiserver/admission/policies/rights.ts'
import { valuesOf } from '#apiserver/admission/policies/values.ts'
import type { Authority } from '#apiserver/authorization/authority.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { jsonValue } from '#machinery/cel/json-value.ts'

/** Why a request is refused. */
interface Denial {
  readonly policy: Policy
  readonly binding?: Binding
  readonly message: string
  readonly reason?: string
}

/** Whether requests are as the cluster's own policies want them (upstream: ValidatingAdmissionPolicy, admission/plugin/policy/validating). */
export function validatingAdmissionPolicy(reader: Reader, { authorize }: Pick<Authority, 'authorize'>): Admission {
  return {
    name: 'ValidatingAdmissionPolicy',
    concerns: place => !isExempt(place),

    async validate(review) {
      const policies = reader.list(Policy)
      if (policies.length === 0) return
      const bindings = Map.groupBy(reader.list(Binding), ({ spec }) => spec.policyName)
      const namespace = await namespaceOf(reader, review)
      const { group, plural } = review.resource.kind
      const versions = reader.kinds().filter(kind => kind.group === group && kind.plural === plural)
      const matching = new Matching(review, versions, namespace)
      const rights = new Rights(authorize, review.user)
      const values = valuesOf(review, namespace, rights.decide)
      const denials: Denial[] = []

      for (const policy of policies) {
        const bound = bindings.get(policy.metadata.name!) ?? []
        if (bound.length === 0 || !matching.matches(policy.spec?.matchConstraints)) continue
        const annotations = new Map<string, Set<string>>()
        try {
          const kind = paramKindOf(reader, policy.spec?.paramKind)
          for (const binding of bound)
            if (matching.matches(binding.spec?.matchResources)) await apply(policy, binding, kind, annotations)
        } catch (error) {
          denials.push(...misconfigured(error, policy))
        }
        for (const [key, values] of annotations) review.annotate?.(`${policy.metadata.name}/${key}`, [...values].join(', '))
      }
      if (denials[0]) throw denied(review, denials[0])

      async function apply(
        policy: Policy,
        binding: Binding,
        kind: Kind | undefined,
        annotations: Map<string, Set<string>>,
      ): Promise<void> {
        try {
          for (const param of await paramsOf(reader, kind, binding.spec?.paramRef, review.key.namespace)) {
            const judgement = await rights.known(() => judge(policy, { ...values, params: jsonValue(param) }))
            denials.push(...consequences(judgement, policy, binding, review))
            for (const [key, value] of judgement.annotations)
              annotations.set(key, (annotations.get(key) ?? new Set()).add(value.slice(0, longestAnnotation)))
          }
        } catch (error) {
          denials.push(...misconfigured(error, policy, binding))
        }
      }
    },
  }
}

/** The namespace of what is written, nothing for what has none or is one. Throws NotFound. */
async function namespaceOf(reader: Reader, { key, resource }: Review): Promise<Readonly<Namespace> | undefined> {
  if (!key.namespace || resource.kind.scope === 'Cluster') return undefined
  const where = { namespace: '', name: key.namespace }
  // One that the cache does not show may have been made a moment ago.
  const found = reader.get(Namespace, where) ?? (await reader.live(Namespace, where))
  if (!found) throw notFound(Namespace, key.namespace)
  return found
}

/** What becomes of a judgement, as the binding wants it. */
function* consequences(judgement: Judgement, policy: Policy, binding: Binding, review: Review): Generator<Denial> {
  const actions = binding.spec?.validationActions ?? []
  for (const { message, reason, index } of judgement.objections) {
    if (actions.includes('Deny')) yield { policy, binding, message, ...(reason && { reason }) }
    if (actions.includes('Audit')) review.annotate?.(failureKey, failureOf(policy, binding, message, index))
    if (actions.includes('Warn'))
      review.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${message}`,
      )
  }
  for (const message of judgement.errors) yield { policy, binding, message }
}

const failureKey = 'validation.policy.admission.k8s.io/validation_failure'
const longestAnnotation = 10 * 1024

const failureOf = (policy: Policy, binding: Binding, message: string, expressionIndex: number): string =>
  JSON.stringify([
    {
      message,
      policy: policy.metadata.name,
      binding: binding.metadata.name,
      expressionIndex,
      validationActions: binding.spec?.validationActions ?? [],
    },
  ])

function* misconfigured(error: unknown, policy: Policy, binding?: Binding): Generator<Denial> {
  if (!(error instanceof ConfigurationError)) throw error
  if (policy.spec?.failurePolicy === 'Ignore') return
  const message = `failed to configure ${binding ? 'binding' : 'policy'}: ${error.message}`
  yield { policy, ...(binding && { binding }), message }
}

function denied(review: Review, { policy, binding, message, reason = 'Invalid' }: Denial): StatusError {
  const by = binding ? ` with binding '${binding.metadata.name}'` : ''
  const why = `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${message}`
  const refusal = refused(review, why)
  // Upstream's cause is of no field, and gives no reason.
  return new StatusError(reason, refusal.message, { ...refusal.details, causes: [{ message: why } as Cause] })
}

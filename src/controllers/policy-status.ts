import { ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.ts'
import { apiVersion, type Kind } from '#api/kind.ts'
import { isReason } from '#api/status.ts'
import { type OpenApiDocument, typeOfKind } from '#machinery/cel/openapi-types.ts'
import type { Type } from '#machinery/cel/type.ts'
import { typeWarnings } from '#machinery/cel/type-check.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import type { Controller } from '#reconcile/controller.ts'
import { subjectsOf } from './decide/policy-subjects.ts'

/** Says of policies what is wrong with their expressions about the kinds they name (upstream: pkg/controller/validatingadmissionpolicystatus). */
export const policyStatus: Controller<ValidatingAdmissionPolicy> = {
  name: 'validatingadmissionpolicy-status-controller',
  of: ValidatingAdmissionPolicy,

  async reconcile(policy, cluster) {
    const { metadata, spec, status } = policy
    const { generation = 0 } = metadata
    if (generation <= (status?.observedGeneration ?? 0)) return
    const served = (await cluster.client.kinds(cluster.signal)).map(({ kind }) => kind)
    const subjects = await Promise.all(
      subjectsOf(spec, served).map(async kind => {
        const type = await typeOf(kind, cluster)
        return type ? [{ name: `${apiVersion(kind)}, Kind=${kind.kind}`, type }] : []
      }),
    )
    const { paramKind } = spec
    const param = served.find(kind => kind.kind === paramKind?.kind && apiVersion(kind) === paramKind.apiVersion)
    const warnings = typeWarnings(spec, subjects.flat(), param && (await typeOf(param, cluster)))
    await cluster.updateStatus(ValidatingAdmissionPolicy, {
      ...policy,
      status: {
        ...status,
        observedGeneration: generation,
        typeChecking: warnings.length > 0 ? { expressionWarnings: warnings } : {},
      },
    })
  },
}

/** The type of a kind's objects, as the API server describes it; nothing, if it does not. */
async function typeOf(kind: Kind, { client, signal }: Cluster): Promise<Type | undefined> {
  const path = `/openapi/v3/${kind.group ? 'apis' : 'api'}/${apiVersion(kind)}`
  try {
    return typeOfKind(await client.request<OpenApiDocument>('GET', path, undefined, { signal }), kind)
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined
    throw error
  }
}

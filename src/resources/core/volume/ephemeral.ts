import type { EphemeralVolumeSource } from '#api/core/v1.ts'
import type { ObjectMeta } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, required } from '#machinery/causes.ts'
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts'
import { validateClaimSpec } from '#resources/core/persistentvolumeclaim-validation.ts'

/** Fields of metadata in the order of Go's struct, but for labels and annotations. */
const others = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const satisfies readonly (keyof ObjectMeta)[]

/** Checks a volume for which a claim is made that lives and dies with the pod. */
export function* validateEphemeral({ volumeClaimTemplate: template }: EphemeralVolumeSource, path: string): Generator<Cause> {
  const at = `${path}.volumeClaimTemplate`
  if (!template) {
    yield required(at)
    return
  }
  yield* validateTemplateMetadata(template.metadata ?? {}, `${at}.metadata`)
  yield* validateClaimSpec(template.spec, `${at}.spec`)
}

function* validateTemplateMetadata(metadata: ObjectMeta, path: string): Generator<Cause> {
  yield* validateAnnotations(metadata.annotations, `${path}.annotations`)
  yield* validateLabels(metadata.labels, `${path}.labels`)
  for (const field of others) if (metadata[field]) yield forbidden(`${path}.${field}`, 'cannot be set')
}

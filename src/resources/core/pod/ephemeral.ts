import type { Pod } from '#api/core/v1.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { forbidden } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { defaultContainer } from '#resources/core/pod-spec/defaults.ts'
import { validatePod } from '#resources/core/pod-spec/validate.ts'

/** The door through which containers are added to a running pod, to look inside. None ever leaves. */
export const ephemeralContainers: Subresource<Pod> = {
  verbs: ['get', 'patch', 'update'],
  writes: ['spec.ephemeralContainers'],
  put(pod, body) {
    const added = (body as Pod).spec?.ephemeralContainers ?? []
    for (const container of added) defaultContainer(container)
    return { ...pod, spec: { ...pod.spec, ephemeralContainers: added } }
  },
  *validate(pod, before) {
    yield* validatePod(pod)
    const now = new Map((pod.spec.ephemeralContainers ?? []).map(container => [container.name, container]))
    for (const container of before.spec.ephemeralContainers ?? []) {
      const path = 'spec.ephemeralContainers'
      const kept = now.get(container.name)
      if (!kept) yield forbidden(path, `existing ephemeral containers "${container.name}" may not be removed\n`)
      else if (!equal(kept, container))
        yield forbidden(path, `existing ephemeral containers "${container.name}" may not be changed\n`)
    }
  },
}

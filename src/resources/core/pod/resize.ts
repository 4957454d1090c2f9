import type { Container, Pod, ResourceRequirements } from '#api/core/v1.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { forbidden, invalidValue } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { qosClass } from '#resources/core/pod-spec/qos.ts'
import { validatePod } from '#resources/core/pod-spec/validate.ts'

/** The door through which a running pod is given more or less cpu and memory. */
export const resize: Subresource<Pod> = {
  verbs: ['get', 'patch', 'update'],
  writes: ['containers', 'initContainers'].flatMap(list => [`spec.${list}.*.resources`, `spec.${list}.*.resizePolicy`]),
  put(pod, body) {
    const { spec } = body as Pod
    const containers = resized(pod.spec.containers, spec?.containers)
    const initContainers = resized(pod.spec.initContainers ?? [], spec?.initContainers)
    return { ...pod, spec: { ...pod.spec, containers, ...(pod.spec.initContainers && { initContainers }) } }
  },
  *validate(pod, before) {
    yield* validatePod(pod)
    if (qosClass(pod.spec) !== qosClass(before.spec)) {
      yield invalidValue('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing')
    }
    for (const field of ['containers', 'initContainers'] as const) {
      const same = (pod.spec[field] ?? []).every((container, index) =>
        equal(fixed(container.resources), fixed(before.spec[field]?.[index]?.resources)),
      )
      if (!same) yield forbidden('spec', 'only cpu and memory resources are mutable')
    }
  },
}

const resized = (containers: readonly Container[], wanted: readonly Container[] = []): Container[] =>
  containers.map(container => {
    const { resources, resizePolicy } = wanted.find(({ name }) => name === container.name) ?? container
    return { ...container, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) }
  })

/** The part of what a container asks for that may not change. */
const fixed = ({ limits = {}, requests = {}, claims = [] }: ResourceRequirements = {}) => {
  const rest = (amounts: Record<string, string>) =>
    Object.entries(amounts).filter(([name]) => name !== 'cpu' && name !== 'memory')
  return { limits: Object.fromEntries(rest(limits)), requests: Object.fromEntries(rest(requests)), claims }
}

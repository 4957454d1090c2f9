import type { KubeObject } from '#api/object.ts'
import type { Subresource } from '#apiserver/resource.ts'

interface Scalable extends KubeObject {
  spec: { replicas?: number; selector?: unknown }
  status?: { replicas?: number }
}

/** The `/scale` door of a kind that has spec.replicas: an autoscaling/v1 Scale in and out. `selector` gives the label selector as a string. */
export const scale = <T extends Scalable>(selector: (object: T) => string): Subresource<T> => ({
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  verbs: ['get', 'patch', 'update'],
  scales: true,
  get: object => {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
    const text = selector(object)
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: object.spec.replicas ? { replicas: object.spec.replicas } : {},
      status: { replicas: object.status?.replicas ?? 0, ...(text && { selector: text }) },
    }
  },
  put: (current, body) => {
    const { replicas = 0 } = (body as Scalable).spec ?? {}
    return { ...current, spec: { ...current.spec, replicas } }
  },
})

import { type Binding, Pod } from '#api/core/v1.ts'
import { badRequest, conflict, invalid } from '#api/status.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { notSupported, required } from '#machinery/causes.ts'
import { setCondition } from './conditions.ts'

/** The door through which the scheduler gives a pod to a node, once and for all. */
export const binding: Subresource<Pod> = {
  kind: { group: '', version: 'v1', kind: 'Binding' },
  verbs: ['create'],
  answersStatus: true,
  put(pod, body) {
    const { target, metadata } = body as Binding
    if (metadata.name !== pod.metadata.name) throw badRequest('name in URL does not match name in Binding object')
    validateTarget(target, metadata.name ?? '')
    refuseBound(pod, metadata.uid)
    const { nominatedNodeName, ...status } = pod.status ?? {}
    return {
      ...pod,
      metadata: metadata.annotations
        ? { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...metadata.annotations } }
        : pod.metadata,
      spec: { ...pod.spec, nodeName: target.name! },
      status: setCondition(status, { type: 'PodScheduled', status: 'True' }),
    }
  },
  // What is written here was judged above; the pod's own rules would forbid it.
  *validate() {},
}

function validateTarget(target: Binding['target'] | undefined, name: string): void {
  const causes = []
  if (target?.kind && target.kind !== 'Node') causes.push(notSupported('target.kind', target.kind, ['Node', '<empty>']))
  if (!target?.name) causes.push(required('target.name'))
  if (causes.length) throw invalid({ group: '', kind: 'Binding' }, name, causes)
}

function refuseBound({ metadata, spec }: Pod, uid: string | undefined): void {
  const refuse = (why: string) => conflict({ ...Pod, plural: 'pods/binding' }, metadata.name ?? '', why)
  if (uid && uid !== metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`)
  if (metadata.deletionTimestamp) throw refuse(`pod ${metadata.name} is being deleted, cannot be assigned to a host`)
  if (spec.nodeName) throw refuse(`pod ${metadata.name} is already assigned to node "${spec.nodeName}"`)
  if (spec.schedulingGates?.length) throw refuse(`pod ${metadata.name} has non-empty .spec.schedulingGates`)
}

import { Pod } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden } from '#machinery/causes.ts'
import { binding } from './pod/binding.ts'
import { columns } from './pod/columns.ts'
import { setCondition } from './pod/conditions.ts'
import { ephemeralContainers } from './pod/ephemeral.ts'
import { resize } from './pod/resize.ts'
import { validatePodStatus } from './pod/status.ts'
import { defaultPod } from './pod-spec/defaults.ts'
import { applyPodLabelKeys } from './pod-spec/label-keys.ts'
import { validateProfilesMatch } from './pod-spec/profiles.ts'
import { qosClass } from './pod-spec/qos.ts'
import { validatePodUpdate } from './pod-spec/update.ts'
import { validatePod } from './pod-spec/validate.ts'
import { warnOfName, warnOfPod } from './pod-spec/warnings.ts'

export default resource(Pod, {
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  resets: { status: ['metadata.deletionTimestamp', 'metadata.ownerReferences'] },
  generation: true,
  returnsDeleted: true,
  subresources: { binding, ephemeralcontainers: ephemeralContainers, resize },
  fields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? '',
    'status.podIPs': ({ status }) => (status?.podIPs ?? []).map(entry => entry.ip).join(','),
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  columns,

  default: defaultPod,

  prepare(pod, before) {
    // Admission may have chosen the account; its older name follows.
    if (pod.spec.serviceAccountName) pod.spec.serviceAccount = pod.spec.serviceAccountName
    if (before) return
    applyPodLabelKeys(pod)
    pod.status = { phase: 'Pending', qosClass: qosClass(pod.spec) }
    if (pod.spec.schedulingGates?.length) {
      const message = 'Scheduling is blocked due to non-empty scheduling gates'
      pod.status = setCondition(pod.status, { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message })
    }
  },

  *validate(pod, before) {
    yield* validatePod(pod)
    if (before) {
      yield* validatePodUpdate(pod, before)
      return
    }
    if (pod.spec.ephemeralContainers?.length) yield forbidden('spec.ephemeralContainers', 'cannot be set on create')
    if (pod.spec.nodeName && pod.spec.schedulingGates?.length) {
      yield forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')
    }
    yield* validateProfilesMatch(pod, 'spec')
  },

  *warn(pod, before) {
    if (before) return
    yield* warnOfName(pod.metadata.name, "this is used in the Pod's hostname")
    yield* warnOfPod(pod)
  },

  prepareStatus(pod, before) {
    if (!pod.status?.qosClass && before.status?.qosClass) pod.status = { ...pod.status, qosClass: before.status.qosClass }
  },

  validateStatus: validatePodStatus,

  gracePeriodSeconds({ spec, status }, asked) {
    // Where nothing runs there is nothing to wait for.
    if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
    const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0
    return seconds < 0 ? 1 : seconds
  },
})

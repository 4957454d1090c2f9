import type { Pod } from '#api/core/v1.ts'

/** What a container's labels say about it: all that a restarted kubelet knows. Those of Kubernetes' own are named as it names them. */
export const labels = {
  podUid: 'io.kubernetes.pod.uid',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  containerName: 'io.kubernetes.container.name',
  sandboxId: 'io.kubernetes.sandbox.id',
  /** `podsandbox` or `container`. */
  type: 'io.kubernetes.docker.type',
  /** Whose it is, where several nodes share one engine. */
  owner: 'dev.pinnace.owner',
  attempt: 'dev.pinnace.attempt',
  hash: 'dev.pinnace.hash',
  image: 'dev.pinnace.image',
  graceSeconds: 'dev.pinnace.grace-seconds',
} as const

/** The name that stands for a sandbox where names of containers stand. */
export const sandboxName = 'POD'

/** What pods' containers are called in the engine: unique for each attempt, and readable in `docker ps`. */
export function engineName(pod: Pod, container: string, attempt: number): string {
  const { name, namespace, uid } = pod.metadata
  return ['k8s', container, name, namespace, uid, attempt].join('_')
}

/** The labels that sandboxes and containers have in common. */
export const podLabels = (pod: Pod, owner: string): Record<string, string> => ({
  [labels.owner]: owner,
  [labels.podUid]: pod.metadata.uid ?? '',
  [labels.podName]: pod.metadata.name ?? '',
  [labels.podNamespace]: pod.metadata.namespace ?? '',
})

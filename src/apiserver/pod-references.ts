import type { Container, Pod, PodSpec } from '#api/core/v1.ts'

/** What says that a pod is only the image of one that a kubelet runs by itself. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror'

export const isMirror = ({ metadata }: Pod): boolean => metadata.annotations?.[mirrorAnnotation] !== undefined

type Containers = Pick<Container, 'env' | 'envFrom'>

const containersOf = ({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): readonly Containers[] => [
  ...initContainers,
  ...(containers ?? []),
  ...ephemeralContainers,
]

/** The names of the Secrets that a pod needs to run, as often as they are named (upstream: pkg/api/pod, VisitPodSecretNames). */
export const secretsOf = (spec: PodSpec): Generator<string> => named(secrets(spec))

function* secrets(spec: PodSpec): Generator<string | undefined> {
  for (const { name } of spec.imagePullSecrets ?? []) yield name
  for (const { env = [], envFrom = [] } of containersOf(spec)) {
    for (const { secretRef } of envFrom) if (secretRef) yield secretRef.name
    for (const { valueFrom } of env) if (valueFrom?.secretKeyRef) yield valueFrom.secretKeyRef.name
  }
  for (const volume of spec.volumes ?? []) {
    if (volume.azureFile) yield volume.azureFile.secretName
    if (volume.secret?.secretName) yield volume.secret.secretName
    for (const { secret } of volume.projected?.sources ?? []) if (secret) yield secret.name
    const { cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos } = volume
    for (const source of [cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos])
      if (source?.secretRef) yield source.secretRef.name
    if (volume.csi?.nodePublishSecretRef) yield volume.csi.nodePublishSecretRef.name
  }
}

/** The names of the ConfigMaps that a pod needs to run. */
export const configMapsOf = (spec: PodSpec): Generator<string> => named(configMaps(spec))

function* configMaps(spec: PodSpec): Generator<string | undefined> {
  for (const { env = [], envFrom = [] } of containersOf(spec)) {
    for (const { configMapRef } of envFrom) if (configMapRef) yield configMapRef.name
    for (const { valueFrom } of env) if (valueFrom?.configMapKeyRef) yield valueFrom.configMapKeyRef.name
  }
  for (const { configMap, projected } of spec.volumes ?? []) {
    if (configMap) yield configMap.name
    for (const source of projected?.sources ?? []) if (source.configMap) yield source.configMap.name
  }
}

/** The names of the claims that a pod mounts: those it names, and those that are made for it alone. */
export function* claimsOf({ metadata, spec }: Pod): Generator<string> {
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (persistentVolumeClaim) yield persistentVolumeClaim.claimName
    if (ephemeral) yield `${metadata.name}-${name}`
  }
}

/** A reference without a name is refused elsewhere, if at all. */
function* named(names: Iterable<string | undefined>): Generator<string> {
  for (const name of names) if (name) yield name
}

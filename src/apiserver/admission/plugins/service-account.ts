import { Pod, type PodSpec, ServiceAccount, type Volume } from '#api/core/v1.ts'
import { StatusError } from '#api/status.ts'
import { type Admission, newObject } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/reader.ts'
import { randomSuffix } from '#machinery/hash.ts'

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
/** How long a projected token holds: an hour and a bit, as upstream has it, so that hourly renewal is never late. */
const tokenSeconds = 3607

/** Every pod runs as a service account, which must exist, and finds its token, the CA and its namespace where clients look for them (upstream: ServiceAccount). */
export const serviceAccount = (reader: Reader, random: () => number): Admission => ({
  name: 'ServiceAccount',

  async default(review) {
    const pod = newObject(review, Pod)
    if (!pod || review.operation !== 'CREATE') return
    const { spec } = pod
    const name = (spec.serviceAccountName ??= 'default')
    spec.serviceAccount = name
    const key = { namespace: review.key.namespace, name }
    const account = reader.get(ServiceAccount, key) ?? (await reader.live(ServiceAccount, key))
    if (!account)
      throw new StatusError(
        'Forbidden',
        `pods "${review.key.name}" is forbidden: error looking up service account ${key.namespace}/${name}: serviceaccount "${name}" not found`,
        { name: review.key.name, kind: 'pods' },
      )
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, random)
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
      spec.imagePullSecrets = account.imagePullSecrets.map(secret => ({ ...secret }))
  },
})

function mountToken(spec: PodSpec, random: () => number): void {
  const lacking = [...(spec.initContainers ?? []), ...spec.containers].filter(
    container => !container.volumeMounts?.some(mount => mount.mountPath === tokenPath),
  )
  if (lacking.length === 0) return
  const name =
    spec.volumes?.find(volume => volume.name.startsWith('kube-api-access-'))?.name ?? `kube-api-access-${randomSuffix(random)}`
  if (!spec.volumes?.some(volume => volume.name === name)) (spec.volumes ??= []).push(accessVolume(name))
  for (const container of lacking) (container.volumeMounts ??= []).push({ name, readOnly: true, mountPath: tokenPath })
}

const accessVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
    defaultMode: 420,
  },
})

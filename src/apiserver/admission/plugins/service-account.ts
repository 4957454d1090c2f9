import { type Container, Pod, type PodSpec, ServiceAccount, type Volume } from '#api/core/v1.ts'
import { type Admission, about, type Review, refused } from '#apiserver/admission/admission.ts'
import { isMirror, secretsOf } from '#apiserver/pod-references.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { randomSuffix } from '#machinery/hash.ts'

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
/** How long a projected token holds: an hour and a bit, as upstream has it, so that hourly renewal is never late. */
const tokenSeconds = 3607
/** A new namespace has its default account in a moment: it is looked for this often before the pod is refused. */
const looks = 10
const pauseMs = 100
const ofPods = about([Pod], ['CREATE'])
const ofEphemeral = about([Pod], ['UPDATE'], ['ephemeralcontainers'])

/**
 * Every pod runs as a service account, which must exist, and finds its token, the CA and its namespace where clients look for
 * them. An account may say that only secrets it lists are mounted (upstream: ServiceAccount).
 */
export function serviceAccount(reader: Reader, { clock, random }: { clock: Clock; random: () => number }): Admission {
  const accountOf = async (review: Review, spec: PodSpec): Promise<Readonly<ServiceAccount>> => {
    const name = spec.serviceAccountName ?? ''
    const key = { namespace: review.key.namespace, name }
    for (let look = 1; ; look++) {
      const account = reader.get(ServiceAccount, key) ?? (await reader.live(ServiceAccount, key))
      if (account) return account
      if (name !== 'default' || look === looks)
        throw refused(review, `error looking up service account ${key.namespace}/${name}: serviceaccount "${name}" not found`)
      await clock.sleep(pauseMs * (1 + random()), new AbortController().signal)
    }
  }
  return {
    name: 'ServiceAccount',
    concerns: place => ofPods(place) || ofEphemeral(place),

    async default(review) {
      const pod = review.object as Pod
      // The kubelet would not know again what it has mirrored.
      if (review.operation !== 'CREATE' || isMirror(pod)) return
      const { spec } = pod
      spec.serviceAccountName ||= 'default'
      spec.serviceAccount = spec.serviceAccountName
      const account = await accountOf(review, spec)
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, random)
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        spec.imagePullSecrets = account.imagePullSecrets.map(secret => ({ ...secret }))
      checkSecrets(review, spec, account)
    },

    async validate(review) {
      const pod = review.object as Pod
      if (review.operation === 'CREATE') return isMirror(pod) ? checkMirror(review, pod) : undefined
      const account = await accountOf(review, pod.spec)
      if (isStrict(account)) checkContainers(review, pod.spec.ephemeralContainers ?? [], 'ephemeral container', account)
    },
  }
}

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

/** A pod that shows what a kubelet runs by itself may refer to nothing in the API. */
function checkMirror(review: Review, { spec }: Pod): void {
  if (spec.serviceAccountName) throw refused(review, 'a mirror pod may not reference service accounts')
  if (!secretsOf(spec).next().done) throw refused(review, 'a mirror pod may not reference secrets')
  for (const { projected } of spec.volumes ?? [])
    if (projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken))
      throw refused(review, 'a mirror pod may not use ServiceAccountToken volume projections')
}

/** Whether the account lets pods use only the secrets that it names. */
const isStrict = ({ metadata }: Readonly<ServiceAccount>): boolean =>
  ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] ?? '')

function checkSecrets(review: Review, spec: PodSpec, account: Readonly<ServiceAccount>): void {
  if (!isStrict(account)) return
  const known = new Set(account.secrets?.map(({ name }) => name))
  const but = `because service account ${account.metadata.name} does not reference that`
  for (const { secret } of spec.volumes ?? [])
    if (secret && !known.has(secret.secretName))
      throw refused(review, `volume with secret.secretName="${secret.secretName}" is not allowed ${but} secret`)
  checkContainers(review, spec.initContainers ?? [], 'init container', account)
  checkContainers(review, spec.containers, 'container', account)
  const pulls = new Set(account.imagePullSecrets?.map(({ name }) => name))
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (!pulls.has(name)) throw refused(review, `imagePullSecrets[${index}].name="${name}" is not allowed ${but} imagePullSecret`)
}

function checkContainers(
  review: Review,
  containers: readonly Pick<Container, 'name' | 'env' | 'envFrom'>[],
  what: string,
  account: Readonly<ServiceAccount>,
): void {
  const known = new Set(account.secrets?.map(({ name }) => name))
  const but = `is not allowed because service account ${account.metadata.name} does not reference that secret`
  for (const { name, env = [], envFrom = [] } of containers) {
    for (const { name: variable, valueFrom } of env) {
      const secret = valueFrom?.secretKeyRef
      if (secret && !known.has(secret.name))
        throw refused(review, `${what} ${name} with envVar ${variable} referencing secret.secretName="${secret.name}" ${but}`)
    }
    for (const { secretRef } of envFrom)
      if (secretRef && !known.has(secretRef.name))
        throw refused(review, `${what} ${name} with envFrom referencing secret.secretName="${secretRef.name}" ${but}`)
  }
}

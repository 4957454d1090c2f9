import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '#api/apps/v1.ts'
import { CronJob, Job } from '#api/batch/v1.ts'
import { type Container, Namespace, Pod, PodTemplate, type PodTemplateSpec, ReplicationController } from '#api/core/v1.ts'
import { qualified } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { invalid } from '#api/status.ts'
import { type Admission, about, type Place, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Subject } from '#apiserver/admission/pod-security/check.ts'
import type { Configuration } from '#apiserver/admission/pod-security/configuration.ts'
import { detailOf, evaluate } from '#apiserver/admission/pod-security/evaluate.ts'
import { isPrivileged, type Policy, policyOf, setBy, shown, strictness } from '#apiserver/admission/pod-security/policy.ts'
import { standing } from '#apiserver/admission/pod-security/standing.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { equal } from '#machinery/equality.ts'

/** Where in a workload the template of its pods is. */
const templates: Readonly<Record<string, (object: KubeObject) => PodTemplateSpec | undefined>> = Object.fromEntries([
  ...[ReplicationController, ReplicaSet, Deployment, StatefulSet, DaemonSet, Job].map(kind => [
    qualified(kind),
    (object: KubeObject) => (object as Deployment).spec?.template,
  ]),
  [qualified(PodTemplate), (object: KubeObject) => (object as PodTemplate).template],
  [qualified(CronJob), (object: KubeObject) => (object as CronJob).spec?.jobTemplate?.spec?.template],
])

/** Doors of a pod through which no part of its spec comes that matters. */
const harmless = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])
const ofNamespaces = about([Namespace])

/**
 * Pods keep to the security standard of their namespace, which its labels say: those that do not are refused, workloads that
 * would make such are warned of (upstream: PodSecurity, k8s.io/pod-security-admission).
 */
export function podSecurity(reader: Reader, clock: Clock, { defaults, exemptions }: Configuration): Admission {
  const policyIn = async (namespace: string): Promise<Policy> => {
    const key = { namespace: '', name: namespace }
    const found = reader.get(Namespace, key) ?? (await reader.live(Namespace, key))
    return policyOf(found?.metadata.labels ?? {}, defaults).policy
  }
  const exemptionOf = ({ key, user }: Review): string | undefined => {
    if (exemptions.namespaces.has(key.namespace)) return 'namespace'
    return exemptions.usernames.has(user.name) ? 'user' : undefined
  }
  const isExempt = (review: Review): boolean => {
    const exemption = exemptionOf(review)
    if (exemption) note(review, 'exempt', exemption)
    return exemption !== undefined
  }

  const judge = (review: Review, policy: Policy, subject: Subject, isPod: boolean): void => {
    if (exemptions.runtimeClasses.has(subject.spec.runtimeClassName ?? '')) {
      note(review, 'exempt', 'runtimeClass')
      return
    }
    if (isPod) note(review, 'enforce-policy', shown(policy.enforce))
    const found = isPod ? evaluate(policy.enforce, subject) : []
    const audited = review.annotate ? evaluate(policy.audit, subject) : []
    if (audited.length > 0)
      note(review, 'audit-violations', `would violate PodSecurity "${shown(policy.audit)}": ${detailOf(audited)}`)
    if (found.length > 0) throw refused(review, `violates PodSecurity "${shown(policy.enforce)}": ${detailOf(found)}`)
    const warned = evaluate(policy.warn, subject)
    if (warned.length > 0) review.warn(`would violate PodSecurity "${shown(policy.warn)}": ${detailOf(warned)}`)
  }
  const judgePod = async (review: Review): Promise<void> => {
    if (isExempt(review)) return
    const policy = await policyIn(review.key.namespace)
    const pod = review.object as Pod
    if (isPrivileged(policy)) return note(review, 'enforce-policy', shown(policy.enforce))
    if (!isSignificant(pod, review.before as Pod | undefined)) return
    judge(review, policy, { annotations: pod.metadata.annotations ?? {}, spec: pod.spec }, true)
  }
  const judgeTemplate = async (review: Review): Promise<void> => {
    if (isExempt(review)) return
    const policy = await policyIn(review.key.namespace)
    const template = templates[qualified(review.resource.kind)]!(review.object!)
    if (!template?.spec || (policy.warn.level === 'privileged' && policy.audit.level === 'privileged')) return
    judge(review, policy, { annotations: template.metadata?.annotations ?? {}, spec: template.spec }, false)
  }
  const judgeNamespace = (review: Review): void => {
    const { metadata } = review.object!
    const name = metadata.name ?? ''
    const labels = metadata.labels ?? {}
    const now = policyOf(labels, defaults)
    const before = review.before && policyOf(review.before.metadata.labels ?? {}, defaults)
    if (now.causes.length > 0 && !equal(now.causes, before?.causes)) throw invalid(Namespace, name, now.causes)
    const { enforce } = now.policy
    const was = before?.policy.enforce
    if (was) {
      if (equal(enforce, was) || enforce.level === 'privileged') return
      if (enforce.version === was.version && strictness(enforce) <= strictness(was)) return
    }
    if (exemptions.namespaces.has(name)) {
      if (!isPrivileged(now.policy) && !equal(now.policy, defaults))
        review.warn(
          `namespace "${name}" is exempt from Pod Security, and the policy (${setBy(labels, now.policy)}) will be ignored`,
        )
    } else if (was)
      for (const sentence of standing(reader.list(Pod, { namespace: name }), name, enforce, exemptions.runtimeClasses, clock))
        review.warn(sentence)
  }

  return {
    name: 'PodSecurity',
    concerns: place => ofNamespaces(place) || ofPods(place) || ofTemplates(place),
    async validate(review) {
      if (review.resource.kind.kind === Namespace.kind) judgeNamespace(review)
      else await (review.resource.kind.kind === Pod.kind ? judgePod : judgeTemplate)(review)
    },
  }
}

/** What is written down of a judgement (upstream: api.AuditAnnotationPrefix). */
const note = ({ annotate }: Review, what: 'enforce-policy' | 'audit-violations' | 'exempt', value: string): void =>
  annotate?.(`pod-security.kubernetes.io/${what}`, value)

const ofPods = ({ resource, operation, subresource }: Place): boolean =>
  qualified(resource.kind) === 'pods' && (operation === 'CREATE' || operation === 'UPDATE') && !harmless.has(subresource)

const ofTemplates = ({ resource, operation, subresource }: Place): boolean =>
  Object.hasOwn(templates, qualified(resource.kind)) && (operation === 'CREATE' || operation === 'UPDATE') && !subresource

/** Whether a write may have changed what the standards are about: containers that are new, or have another image. */
function isSignificant(pod: Pod, before: Pod | undefined): boolean {
  if (!before) return true
  const images = (containers: readonly Pick<Container, 'name' | 'image'>[] = []): unknown => containers.map(({ image }) => image)
  const [is, was] = [pod.spec, before.spec]
  if (!equal(images(is.containers), images(was.containers))) return true
  if (!equal(images(is.initContainers), images(was.initContainers))) return true
  return (is.ephemeralContainers ?? []).some(
    each => was.ephemeralContainers?.find(({ name }) => name === each.name)?.image !== each.image,
  )
}

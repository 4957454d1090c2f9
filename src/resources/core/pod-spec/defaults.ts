import type {
  Container,
  EphemeralContainer,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
} from '#api/core/v1.ts'
import { pullPolicyFor } from './image.ts'
import { defaultPodResources } from './pod-level.ts'
import { defaultVolume } from './volume-defaults.ts'

/** Fills in what a pod leaves out: the spec's defaults, and those that a template does not show. */
export function defaultPod(pod: Pod): void {
  const spec = (pod.spec ??= { containers: [] })
  defaultPodSpec(spec)
  spec.enableServiceLinks ??= true
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestLimits(container.resources)
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
  }
  defaultPodResources(spec)
}

/** Who limits a resource without requesting it requests as much. */
function requestLimits(resources: ResourceRequirements | undefined): void {
  if (resources?.limits && Object.keys(resources.limits).some(name => resources.requests?.[name] === undefined))
    resources.requests = { ...resources.limits, ...resources.requests }
}

/** Fills in what a workload's pod template leaves out. */
export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {}
  const spec = (template.spec ??= { containers: [] })
  // Upstream's storage loses an empty overhead; the pods made of the template would be refused for it.
  if (spec.overhead && Object.keys(spec.overhead).length === 0) delete spec.overhead
  defaultPodSpec(spec)
}

function defaultPodSpec(spec: PodSpec): void {
  // A pod without containers is refused, but everyone on the way there may count on the list.
  spec.containers ??= []
  spec.restartPolicy ||= 'Always'
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ||= 'default-scheduler'
  spec.securityContext ??= {}
  // The older name of the same field: clients may write either, and read both.
  const account = spec.serviceAccountName || spec.serviceAccount
  if (account) spec.serviceAccountName = spec.serviceAccount = account
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
  for (const container of spec.initContainers ?? []) defaultContainer(container)
  for (const container of spec.containers ?? []) defaultContainer(container)
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container)
}

/** Fills in what a container leaves out. */
export function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= pullPolicyFor(container.image ?? '')
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  container.resources ??= {}
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0'
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe)
  }
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    if (handler) defaultHandler(handler)
  }
}

function defaultProbe(probe: Probe): void {
  defaultHandler(probe)
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.grpc) probe.grpc.service ??= ''
}

function defaultHandler({ httpGet }: Probe | LifecycleHandler): void {
  if (!httpGet) return
  httpGet.path ||= '/'
  httpGet.scheme ||= 'HTTP'
}

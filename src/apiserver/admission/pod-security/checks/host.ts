import type { LifecycleHandler, Probe } from '#api/core/v1.ts'
import {
  type Check,
  containersOf,
  type Judge,
  named,
  namesOf,
  plural,
  quoted,
  setters,
  sorted,
} from '#apiserver/admission/pod-security/check.ts'

const namespaces: Judge = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(field => spec[field]).map(field => `${field}=true`)
  return shared.length > 0 ? { reason: 'host namespaces', detail: shared.join(', ') } : undefined
}

const paths: Judge = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  return names.length > 0 ? { reason: 'hostPath volumes', detail: named('volume', names) } : undefined
}

const ports: Judge = subject => {
  const names = namesOf(subject, container => (container.ports ?? []).some(({ hostPort }) => hostPort))
  if (names.length === 0) return undefined
  const taken = containersOf(subject).flatMap(container => (container.ports ?? []).flatMap(({ hostPort }) => hostPort || []))
  const all = sorted(taken.map(String))
  const uses = names.length === 1 ? 'uses' : 'use'
  return {
    reason: 'hostPort',
    detail: `${named('container', names)} ${uses} ${plural('hostPort', all.length)} ${all.join(', ')}`,
  }
}

const hosts: Judge = subject => {
  const used = containersOf(subject).map(({ name, livenessProbe, readinessProbe, startupProbe, lifecycle }) => {
    const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
    return { name, hosts: handlers.flatMap(handler => hostsOf(handler)) }
  })
  const names = sorted(used.filter(each => each.hosts.length > 0).map(({ name }) => name))
  if (names.length === 0) return undefined
  const all = sorted(used.flatMap(each => each.hosts))
  const uses = names.length === 1 ? 'uses' : 'use'
  const what = plural('probe or lifecycle host', all.length)
  return { reason: 'probe or lifecycle host', detail: `${named('container', names)} ${uses} ${what} ${quoted(all)}` }
}

const hostsOf = (handler: Probe | LifecycleHandler | undefined): readonly string[] =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap(host => host || [])

const processes: Judge = subject => {
  const names = namesOf(subject, ({ securityContext }) => Boolean(securityContext?.windowsOptions?.hostProcess))
  const all = setters(Boolean(subject.spec.securityContext?.windowsOptions?.hostProcess), names)
  if (all.length === 0) return undefined
  return { reason: 'hostProcess', detail: `${all.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true` }
}

/** What a pod may share with the host it runs on. */
export const hostChecks: readonly Check[] = [
  { id: 'hostNamespaces', level: 'baseline', versions: [{ since: 0, judge: namespaces }] },
  { id: 'hostPathVolumes', level: 'baseline', versions: [{ since: 0, judge: paths }] },
  { id: 'hostPorts', level: 'baseline', versions: [{ since: 0, judge: ports }] },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', versions: [{ since: 34, judge: hosts }] },
  { id: 'windowsHostProcess', level: 'baseline', versions: [{ since: 0, judge: processes }] },
]

import {
  type Check,
  containersOf,
  type Judge,
  named,
  namesOf,
  notWithOwnUsers,
  quoted,
  sorted,
} from '#apiserver/admission/pod-security/check.ts'

const procMount: Judge = subject => {
  const isBad = (mount: string | undefined): boolean => mount !== undefined && mount !== 'Default'
  const names = namesOf(subject, ({ securityContext }) => isBad(securityContext?.procMount))
  if (names.length === 0) return undefined
  const mounts = containersOf(subject).flatMap(({ securityContext }) => securityContext?.procMount ?? [])
  const bad = quoted(sorted(mounts.filter(isBad)))
  return { reason: 'procMount', detail: `${named('container', names)} must not set securityContext.procMount to ${bad}` }
}

const sysctls =
  (allowed: readonly string[]): Judge =>
  ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter(name => !allowed.includes(name))
    return bad.length > 0 ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined
  }

const first = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
]
const since27 = [...first, 'net.ipv4.ip_local_reserved_ports']
const since29 = [
  ...since27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]
const since32 = [...since29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']

/** What a pod may see and set of the kernel. */
export const kernelChecks: readonly Check[] = [
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      { since: 0, judge: procMount },
      { since: 35, judge: notWithOwnUsers(procMount) },
    ],
  },
  { id: 'procMount_restricted', level: 'restricted', versions: [{ since: 35, judge: procMount, overrides: ['procMount'] }] },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [
      { since: 0, judge: sysctls(first) },
      { since: 27, judge: sysctls(since27) },
      { since: 29, judge: sysctls(since29) },
      { since: 32, judge: sysctls(since32) },
    ],
  },
]

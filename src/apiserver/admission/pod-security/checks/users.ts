import {
  type Check,
  type Judge,
  named,
  namesOf,
  notOnWindows,
  notWithOwnUsers,
  setters,
} from '#apiserver/admission/pod-security/check.ts'

const privileged: Judge = subject => {
  const names = namesOf(subject, ({ securityContext }) => Boolean(securityContext?.privileged))
  if (names.length === 0) return undefined
  return { reason: 'privileged', detail: `${named('container', names)} must not set securityContext.privileged=true` }
}

const escalation: Judge = subject => {
  const names = namesOf(subject, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
  if (names.length === 0) return undefined
  const detail = `${named('container', names)} must set securityContext.allowPrivilegeEscalation=false`
  return { reason: 'allowPrivilegeEscalation != false', detail }
}

const nonRoot: Judge = subject => {
  const byPod = subject.spec.securityContext?.runAsNonRoot
  const explicit = namesOf(subject, ({ securityContext }) => securityContext?.runAsNonRoot === false)
  const bad = setters(byPod === false, explicit)
  const reason = 'runAsNonRoot != true'
  if (bad.length > 0) return { reason, detail: `${bad.join(' and ')} must not set securityContext.runAsNonRoot=false` }
  const silent = byPod ? [] : namesOf(subject, ({ securityContext }) => securityContext?.runAsNonRoot === undefined)
  if (silent.length === 0) return undefined
  return { reason, detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true` }
}

const root: Judge = subject => {
  const names = namesOf(subject, ({ securityContext }) => securityContext?.runAsUser === 0)
  const all = setters(subject.spec.securityContext?.runAsUser === 0, names)
  return all.length > 0 ? { reason: 'runAsUser=0', detail: `${all.join(' and ')} must not set runAsUser=0` } : undefined
}

/** As whom a container runs, and what it may become. */
export const userChecks: readonly Check[] = [
  { id: 'privileged', level: 'baseline', versions: [{ since: 0, judge: privileged }] },
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { since: 8, judge: escalation },
      { since: 25, judge: notOnWindows(escalation) },
    ],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { since: 0, judge: nonRoot },
      { since: 35, judge: notWithOwnUsers(nonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { since: 23, judge: root },
      { since: 35, judge: notWithOwnUsers(root) },
    ],
  },
]

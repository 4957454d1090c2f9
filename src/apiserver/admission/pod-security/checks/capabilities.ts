import {
  type Check,
  containersOf,
  type Judge,
  named,
  namesOf,
  notOnWindows,
  quoted,
  sorted,
} from '#apiserver/admission/pod-security/check.ts'

const ordinary = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
)

/** `containers "a" must not include "X" in securityContext.capabilities.add`, if some add what is not allowed. */
function added(subject: Parameters<Judge>[0], isAllowed: (capability: string) => boolean): string | undefined {
  const names = namesOf(subject, ({ securityContext }) =>
    (securityContext?.capabilities?.add ?? []).some(each => !isAllowed(each)),
  )
  if (names.length === 0) return undefined
  const all = containersOf(subject).flatMap(({ securityContext }) => securityContext?.capabilities?.add ?? [])
  const forbidden = quoted(sorted(all.filter(each => !isAllowed(each))))
  return `${named('container', names)} must not include ${forbidden} in securityContext.capabilities.add`
}

const baseline: Judge = subject => {
  const detail = added(subject, each => ordinary.has(each))
  return detail ? { reason: 'non-default capabilities', detail } : undefined
}

const restricted: Judge = subject => {
  const keeping = namesOf(subject, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'))
  const details = [
    keeping.length > 0 && `${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`,
    added(subject, each => each === 'NET_BIND_SERVICE'),
  ].filter(detail => typeof detail === 'string')
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined
}

const overrides = ['capabilities_baseline']

/** What a container may do besides what any process may. */
export const capabilityChecks: readonly Check[] = [
  { id: 'capabilities_baseline', level: 'baseline', versions: [{ since: 0, judge: baseline }] },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      { since: 22, judge: restricted, overrides },
      { since: 25, judge: notOnWindows(restricted), overrides },
    ],
  },
]

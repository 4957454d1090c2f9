import type { SELinuxOptions } from '#api/core/v1.ts'
import {
  type Check,
  containersOf,
  type Judge,
  named,
  namesOf,
  notOnWindows,
  plural,
  quoted,
  setters,
  sorted,
} from '#apiserver/admission/pod-security/check.ts'

const harmless = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost'

const appArmor: Judge = subject => {
  const own = subject.spec.securityContext?.appArmorProfile
  const names = namesOf(subject, ({ securityContext }) => {
    const profile = securityContext?.appArmorProfile
    return profile !== undefined && !harmless(profile.type)
  })
  const types = [own, ...containersOf(subject).map(({ securityContext }) => securityContext?.appArmorProfile)]
  const values = sorted(types.flatMap(profile => (profile && !harmless(profile.type) ? profile.type : [])))
  const annotations = Object.entries(subject.annotations)
    .filter(([key]) => key.startsWith('container.apparmor.security.beta.kubernetes.io/'))
    .filter(([, value]) => value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
  const all = [
    ...setters(own !== undefined && !harmless(own.type), names),
    ...(annotations.length > 0 ? [plural('annotation', annotations.length)] : []),
  ]
  if (all.length === 0) return undefined
  const bad = [...values, ...annotations]
  return {
    reason: `forbidden AppArmor ${plural('profile', bad.length)}`,
    detail: `${all.join(' and ')} must not set AppArmor profile type to ${quoted(bad)}`,
  }
}

const annotatedSeccomp: Judge = subject => {
  const keys = [
    'seccomp.security.alpha.kubernetes.io/pod',
    ...containersOf(subject).map(({ name }) => `container.seccomp.security.alpha.kubernetes.io/${name}`),
  ]
  const isFine = (value: string): boolean =>
    value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')
  const bad = sorted(
    keys.flatMap(key => {
      const value = subject.annotations[key]
      return value === undefined || isFine(value) ? [] : `${key}=${JSON.stringify(value)}`
    }),
  )
  if (bad.length === 0) return undefined
  return { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', bad.length)} ${bad.join(', ')}` }
}

const seccomp: Judge = subject => {
  const own = subject.spec.securityContext?.seccompProfile
  const isBad = (profile: { type?: string } | undefined): boolean => profile !== undefined && !harmless(profile.type)
  const profiles = [own, ...containersOf(subject).map(({ securityContext }) => securityContext?.seccompProfile)]
  const all = setters(
    isBad(own),
    namesOf(subject, ({ securityContext }) => isBad(securityContext?.seccompProfile)),
  )
  if (all.length === 0) return undefined
  const values = quoted(sorted(profiles.flatMap(profile => (isBad(profile) ? (profile!.type ?? '') : []))))
  return {
    reason: 'seccompProfile',
    detail: `${all.join(' and ')} must not set securityContext.seccompProfile.type to ${values}`,
  }
}

const restrictedSeccomp: Judge = subject => {
  const bad = seccomp(subject)
  if (bad || subject.spec.securityContext?.seccompProfile) return bad
  const silent = namesOf(subject, ({ securityContext }) => securityContext?.seccompProfile === undefined)
  if (silent.length === 0) return undefined
  const detail = `pod or ${named('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  return { reason: 'seccompProfile', detail }
}

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t']

const seLinux =
  (types: readonly string[]): Judge =>
  subject => {
    const isBad = (options: SELinuxOptions | undefined): boolean =>
      options !== undefined && Boolean(!types.includes(options.type ?? '') || options.user || options.role)
    const own = subject.spec.securityContext?.seLinuxOptions
    const all = setters(
      isBad(own),
      namesOf(subject, ({ securityContext }) => isBad(securityContext?.seLinuxOptions)),
    )
    if (all.length === 0) return undefined
    const options = [own, ...containersOf(subject).map(({ securityContext }) => securityContext?.seLinuxOptions)]
    const badTypes = sorted(options.flatMap(each => (each && !types.includes(each.type ?? '') ? each.type! : [])))
    const said = [
      ...(badTypes.length > 0 ? [named('type', badTypes)] : []),
      ...(options.some(each => each?.user) ? ['user may not be set'] : []),
      ...(options.some(each => each?.role) ? ['role may not be set'] : []),
    ]
    return {
      reason: 'seLinuxOptions',
      detail: `${all.join(' and ')} set forbidden securityContext.seLinuxOptions: ${said.join('; ')}`,
    }
  }

const overrides = ['seccompProfile_baseline']

/** The profiles that confine a container. */
export const profileChecks: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', versions: [{ since: 0, judge: appArmor }] },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      { since: 0, judge: annotatedSeccomp },
      { since: 19, judge: seccomp },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      { since: 19, judge: restrictedSeccomp, overrides },
      { since: 25, judge: notOnWindows(restrictedSeccomp), overrides },
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      { since: 0, judge: seLinux(seLinuxTypes) },
      { since: 31, judge: seLinux([...seLinuxTypes, 'container_engine_t']) },
    ],
  },
]

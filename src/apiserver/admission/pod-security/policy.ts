import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'

export const levels = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof levels)[number]

/** A level of the Pod Security Standards, as a version of Kubernetes (its minor one) had it. */
export interface Standard {
  readonly level: Level
  readonly version: number | 'latest'
}

export const modes = ['enforce', 'audit', 'warn'] as const
export type Mode = (typeof modes)[number]

/** By which standards pods of a namespace are refused, noted down and warned of. */
export type Policy = Readonly<Record<Mode, Standard>>

const labelOf = (mode: Mode, what: 'level' | 'version'): string =>
  `pod-security.kubernetes.io/${mode}${what === 'version' ? '-version' : ''}`

/** `restricted:v1.24`, `baseline:latest` */
export const shown = ({ level, version }: Standard): string => `${level}:${version === 'latest' ? version : `v1.${version}`}`

/** What is stricter is larger. */
export const strictness = ({ level }: Standard): number => levels.indexOf(level)

export const isPrivileged = (policy: Policy): boolean => modes.every(mode => policy[mode].level === 'privileged')

/** A level by its name; nothing if there is no such level. */
export const levelOf = (text: string): Level | undefined => levels.find(level => level === text)

/** A version by its name; nothing if it is none. */
export function versionOf(text: string): number | 'latest' | undefined {
  if (text === 'latest') return text
  const [, minor] = /^v1\.(0|[1-9]\d*)$/.exec(text) ?? []
  return minor === undefined ? undefined : Number(minor)
}

/**
 * The policy that a namespace's labels say, over the defaults (upstream: api.PolicyToEvaluate). What cannot be read refuses all
 * where it is enforced, and is wrong in words.
 */
export function policyOf(
  labels: Readonly<Record<string, string>>,
  defaults: Policy,
): { policy: Policy; causes: readonly Cause[] } {
  const causes: Cause[] = []
  const read = <T>(label: string, parse: (text: string) => T | undefined, otherwise: T, must: string): T | undefined => {
    const text = labels[label]
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) causes.push(invalidValue(`metadata.labels[${label}]`, text, must))
    return value ?? otherwise
  }
  const standard = (mode: Mode): Partial<Standard> => {
    const strictest = mode === 'enforce' ? 'restricted' : 'privileged'
    const level = read(labelOf(mode, 'level'), levelOf, strictest, `must be one of ${levels.join(', ')}`)
    const version = read<Standard['version']>(labelOf(mode, 'version'), versionOf, 'latest', 'must be "latest" or "v1.x"')
    return { ...(level !== undefined && { level }), ...(version !== undefined && { version }) }
  }
  const said = { enforce: standard('enforce'), audit: standard('audit'), warn: standard('warn') }
  const enforce = { ...defaults.enforce, ...said.enforce }
  const follows =
    said.warn.level === undefined &&
    levelOf(labels[labelOf('enforce', 'level')] ?? '') !== undefined &&
    strictness(enforce) > strictness(defaults.warn)
  // Who is to be refused is warned of the same in templates, unless it is said otherwise.
  const warn = { ...defaults.warn, ...(follows && enforce), ...said.warn }
  return { policy: { enforce, audit: { ...defaults.audit, ...said.audit }, warn }, causes }
}

/** The modes that a namespace sets by labels of its own, to anything but privileged: `enforce=baseline:latest, warn=…`. */
export const setBy = (labels: Readonly<Record<string, string>>, policy: Policy): string =>
  modes
    .filter(mode => policy[mode].level !== 'privileged')
    .filter(mode => labelOf(mode, 'level') in labels || labelOf(mode, 'version') in labels)
    .map(mode => `${mode}=${shown(policy[mode])}`)
    .join(', ')

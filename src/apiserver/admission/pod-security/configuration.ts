import { isRecord } from '#machinery/clone.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { levelOf, levels, modes, type Policy, type Standard, versionOf } from './policy.ts'

/** What PodSecurity is told by its PodSecurityConfiguration. */
export interface Configuration {
  /** What holds in namespaces whose labels do not say otherwise. */
  readonly defaults: Policy
  readonly exemptions: {
    readonly usernames: ReadonlySet<string>
    readonly namespaces: ReadonlySet<string>
    readonly runtimeClasses: ReadonlySet<string>
  }
}

const group = 'pod-security.admission.config.k8s.io'
const open: Standard = { level: 'privileged', version: 'latest' }

/** Reads a PodSecurityConfiguration; without one, everything is allowed that labels do not forbid. Throws in words. */
export function configurationOf(value: unknown): Configuration {
  const { apiVersion, kind, defaults, exemptions, ...unknown } = record(
    value ?? { apiVersion: `${group}/v1`, kind: 'PodSecurityConfiguration' },
    '',
  )
  if (kind !== 'PodSecurityConfiguration' || !['v1', 'v1beta1', 'v1alpha1'].some(version => apiVersion === `${group}/${version}`))
    throw new Error(`no kind "${kind}" is registered for version "${apiVersion}"`)
  refuseUnknown(unknown, '')
  return {
    defaults: policyFrom(record(defaults ?? {}, 'defaults')),
    exemptions: exemptionsFrom(record(exemptions ?? {}, 'exemptions')),
  }
}

function policyFrom(said: Readonly<Record<string, unknown>>): Policy {
  const rest = { ...said }
  const standard = (mode: string): Standard => {
    const [level = open.level, version = open.version] = [rest[mode], rest[`${mode}-version`]].map(text => text || undefined)
    delete rest[mode]
    delete rest[`${mode}-version`]
    const [readLevel, readVersion] = [levelOf(String(level)), versionOf(String(version))]
    if (!readLevel) throw new Error(`defaults.${mode}: Invalid value: "${level}": must be one of ${levels.join(', ')}`)
    if (readVersion === undefined)
      throw new Error(`defaults.${mode}-version: Invalid value: "${version}": must be "latest" or "v1.x"`)
    return { level: readLevel, version: readVersion }
  }
  const [enforce, audit, warn] = modes.map(standard) as [Standard, Standard, Standard]
  refuseUnknown(rest, 'defaults.')
  return { enforce, audit, warn }
}

function exemptionsFrom({
  usernames,
  namespaces,
  runtimeClasses,
  ...unknown
}: Readonly<Record<string, unknown>>): Configuration['exemptions'] {
  refuseUnknown(unknown, 'exemptions.')
  const filled = (name: string): string[] => (name ? [] : ['username must not be empty'])
  return {
    usernames: names(usernames, 'exemptions.usernames', filled),
    namespaces: names(namespaces, 'exemptions.namespaces', dns1123Label),
    runtimeClasses: names(runtimeClasses, 'exemptions.runtimeClasses', dns1123Subdomain),
  }
}

function names(list: unknown, path: string, check: (name: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  if (list !== undefined && list !== null && !Array.isArray(list)) throw new Error(`${path}: must be a list`)
  for (const [index, name] of ((list ?? []) as unknown[]).entries()) {
    const wrong = typeof name === 'string' ? check(name) : ['must be a text']
    if (wrong.length > 0) throw new Error(`${path}[${index}]: Invalid value: ${JSON.stringify(name)}: ${wrong.join(', ')}`)
    if (found.has(name as string)) throw new Error(`${path}[${index}]: Duplicate value: ${JSON.stringify(name)}`)
    found.add(name as string)
  }
  return found
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new Error(`${path || 'the configuration'}: must be an object`)
  return value
}

function refuseUnknown(rest: object, path: string): void {
  const [name] = Object.keys(rest)
  if (name !== undefined) throw new Error(`strict decoding error: unknown field "${path}${name}"`)
}

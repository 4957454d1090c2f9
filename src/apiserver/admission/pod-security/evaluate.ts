import type { Finding, Judge, Subject } from './check.ts'
import { checks } from './checks/index.ts'
import type { Standard } from './policy.ts'

/** The newest version of the standards that is known here: this Kubernetes' minor version. */
const newest = 36

const remembered = new Map<string, readonly Judge[]>()

/** What a standard finds wrong with a pod: baseline checks first, each level in the order of the checks' names (upstream: policy/registry.go). */
export function evaluate({ level, version }: Standard, subject: Subject): readonly Finding[] {
  if (level === 'privileged') return []
  const minor = version === 'latest' ? newest : Math.min(version, newest)
  const id = `${level} ${minor}`
  let judges = remembered.get(id)
  if (!judges) remembered.set(id, (judges = judgesOf(level, minor)))
  return judges.flatMap(judge => judge(subject) ?? [])
}

function judgesOf(level: 'baseline' | 'restricted', minor: number): readonly Judge[] {
  const inForce = checks
    .toSorted((a, b) => (a.level === b.level ? (a.id < b.id ? -1 : 1) : a.level === 'baseline' ? -1 : 1))
    .flatMap(check => {
      const current = check.versions.findLast(({ since }) => since <= minor)
      return current && (check.level === 'baseline' || level === 'restricted') ? [{ id: check.id, ...current }] : []
    })
  const overridden = new Set(inForce.flatMap(({ overrides = [] }) => overrides))
  return inForce.filter(({ id }) => !overridden.has(id)).map(({ judge }) => judge)
}

/** `host namespaces (hostNetwork=true), privileged (…)` */
export const detailOf = (findings: readonly Finding[]): string =>
  findings.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ')

/** `host namespaces, privileged` */
export const reasonOf = (findings: readonly Finding[]): string => findings.map(({ reason }) => reason).join(', ')

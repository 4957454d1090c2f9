import type { PolicyRule } from '#api/rbac/v1.ts'

/** Verbs that only look, and verbs that change: the two sets that most rules are made of. */
export const read = 'get list watch'
export const write = 'create update patch delete deletecollection'

/** A rule for resources, all given as words: verbs, resources, groups (the core group where none is given; `core` names it among others). */
export const may = (verbs: string, resources: string, groups = 'core', resourceNames?: string): PolicyRule => ({
  verbs: words(verbs),
  apiGroups: words(groups)
    .map(group => (group === 'core' ? '' : group))
    .sort(),
  resources: words(resources),
  ...(resourceNames && { resourceNames: words(resourceNames) }),
})

/** A rule for paths outside the API's resources. */
export const mayGet = (urls: string): PolicyRule => ({ verbs: ['get'], nonResourceURLs: words(urls) })

/** Sorted, as upstream's are. */
const words = (text: string): string[] => text.split(' ').sort()

/** What every part needs to say what it does. */
export const events = may('create patch update', 'events', 'core events.k8s.io')

/** A role of the cluster's own: its name, its rules, and the labels by which others gather it up. */
export interface BootstrapRole {
  readonly name: string
  readonly rules: readonly PolicyRule[]
  readonly labels?: Readonly<Record<string, string>>
  /** The rules are those of all roles with this label. */
  readonly aggregate?: string
}

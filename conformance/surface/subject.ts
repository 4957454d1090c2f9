import type { Listed } from './discovered.ts'
import { rootOf } from './discovered.ts'
import { examples } from './examples.ts'

/** Where what has a namespace is made. */
export const namespace = 'default'

/** What everything that is made here is labelled with. */
export const mark = { 'surface.example.com/made-by': 'surface' }

/** A resource with an object that can be made of it. */
export interface Subject {
  readonly listed: Listed
  /** `/api/v1/namespaces/default/pods`. */
  readonly collection: string
  /** Of what there must be an object with the same name: a binding's pod. */
  readonly needs?: Subject
  /** An object with a name that fits the kind, from a word of lower-case letters. Throws where there is no example. */
  object(word: string): { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } }
}

/** Kinds whose names are no words. */
const names: Readonly<Record<string, (word: string) => string>> = {
  customresourcedefinitions: word => `things.${word}.example.com`,
  apiservices: word => `v1.${word}.example.com`,
  // There is one for each part of the control plane, and no other.
  componentstatuses: () => 'scheduler',
  ipaddresses: word => `198.51.100.${Array.from(word).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 254, 7) + 1}`,
}

export function subject(listed: Listed): Subject {
  const { groupVersion, name: plural, kind } = listed
  return {
    listed,
    ...(plural === 'bindings' && { needs: subject({ ...listed, name: 'pods', kind: 'Pod' }) }),
    collection: `${rootOf(groupVersion)}${listed.namespaced ? `/namespaces/${namespace}` : ''}/${plural}`,
    object: word => {
      const example = examples[`${groupVersion}/${plural}`]
      if (!example) throw new Error(`there is no example of ${groupVersion} ${plural}: write one in conformance/surface/examples`)
      // Some kinds are one seen through several versions: theirs must not meet.
      const own = `${word}-${groupVersion.replace(/[./]/g, '-')}`
      const name = names[plural]?.(own) ?? `surface-${own}`
      return { apiVersion: groupVersion, kind, metadata: { name, labels: mark } as { name: string }, ...example(name) }
    },
  }
}

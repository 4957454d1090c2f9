import { keyOf, keyText } from '#api/object.ts'
import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding, type RoleRef, type Subject } from '#api/rbac/v1.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { User } from '#apiserver/user.ts'

type Binding = Readonly<RoleBinding | ClusterRoleBinding>

/** One binding that gives a user the rules of a role. */
export interface Grant {
  /** Where the rules hold; empty: everywhere. */
  readonly namespace: string
  readonly rules: readonly PolicyRule[]
  /** What gives them, in upstream's words: `ClusterRoleBinding "a" of ClusterRole "b" to User "c"`. */
  readonly source: string
  /** Why there are no rules, if the role is not there. */
  readonly missing?: string
}

/** How many users' grants are remembered. */
const remembered = 1000

/**
 * What is granted to whom. Bindings are indexed by their subjects as they come and go, so that a user's grants cost only the
 * user's own bindings; they are worked out once, and forgotten when a role or a binding changes.
 */
export class Grants {
  readonly #reader: Reader
  readonly #bySubject = new Map<string, Map<string, { readonly binding: Binding; readonly subject: Subject }>>()
  readonly #known = new Map<string, readonly Grant[]>()
  #generation = 0

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Takes in what there is, and follows it from now on. The caches must be filled. */
  follow(): void {
    for (const kind of [RoleBinding, ClusterRoleBinding]) {
      const { cache } = this.#reader.store(kind)
      for (const binding of cache.list()) this.#change(undefined, binding as unknown as Binding)
      cache.subscribe((before, after) => this.#change(before as Binding | undefined, after as Binding | undefined))
    }
    for (const kind of [Role, ClusterRole]) this.#reader.store(kind).cache.subscribe(() => this.#forget())
  }

  /** Counts changes: what was concluded from grants holds as long as this stays the same. */
  get generation(): number {
    return this.#generation
  }

  /** Everything that is granted to a user, first what holds everywhere. */
  of(user: User): readonly Grant[] {
    const id = `${user.name}\n${user.groups.join('\n')}`
    let grants = this.#known.get(id)
    if (!grants) {
      if (this.#known.size >= remembered) this.#known.clear()
      this.#known.set(id, (grants = this.#gather(user)))
    }
    return grants
  }

  /** The rules of a role, as a binding in a namespace refers to it; nothing if it is not there. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const role =
      kind === 'ClusterRole'
        ? this.#reader.get(ClusterRole, { namespace: '', name })
        : this.#reader.get(Role, { namespace, name })
    return role && (role.rules ?? [])
  }

  #gather({ name, groups }: User): readonly Grant[] {
    const found = new Map<string, Grant>()
    for (const id of new Set([`User/${name}`, ...groups.map(group => `Group/${group}`)]))
      for (const [key, { binding, subject }] of this.#bySubject.get(id) ?? []) found.set(key, this.#grant(binding, subject))
    return [...found.values()].sort((a, b) => Number(a.namespace !== '') - Number(b.namespace !== ''))
  }

  #grant(binding: Binding, subject: Subject): Grant {
    const { roleRef, metadata } = binding
    const { name, namespace = '' } = metadata
    const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding'
    const shown = namespace ? `${name}/${namespace}` : name
    const source = `${kind} "${shown}" of ${roleRef.kind} "${roleRef.name}" to ${described(subject, namespace)}`
    const rules = this.rulesOf(roleRef, namespace)
    if (rules) return { namespace, rules, source }
    const missing = `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io "${roleRef.name}" not found`
    return { namespace, rules: [], source, missing }
  }

  #change(before: Binding | undefined, after: Binding | undefined): void {
    for (const subject of before?.subjects ?? []) this.#bySubject.get(idOf(subject, before!))?.delete(keyText(keyOf(before!)))
    for (const subject of after?.subjects ?? []) {
      const id = idOf(subject, after!)
      let bindings = this.#bySubject.get(id)
      if (!bindings) this.#bySubject.set(id, (bindings = new Map()))
      const key = keyText(keyOf(after!))
      if (!bindings.has(key)) bindings.set(key, { binding: after!, subject })
    }
    this.#forget()
  }

  #forget(): void {
    this.#generation++
    this.#known.clear()
  }
}

/** Whom a subject means: service accounts are users with a long name. */
function idOf({ kind, name, namespace }: Subject, { metadata }: Binding): string {
  const home = namespace || metadata.namespace
  if (kind !== 'ServiceAccount') return `${kind}/${name}`
  return home ? `User/system:serviceaccount:${home}:${name}` : 'nobody'
}

const described = ({ kind, name, namespace }: Subject, home: string): string =>
  kind === 'ServiceAccount' ? `${kind} "${name}/${namespace || home}"` : `${kind} "${name}"`

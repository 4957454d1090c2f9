import type { PolicyRule } from '#api/rbac/v1.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Authorizer, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { abac, abacRules, type Policy } from './abac.ts'
import { alwaysAllow, alwaysDeny } from './always.ts'
import { nodeRules } from './bootstrap/node-rules.ts'
import { Grants } from './grants.ts'
import { masters } from './masters.ts'
import { node } from './node.ts'
import { nodeOf } from './node-identity.ts'
import { NodeRelations } from './node-relations.ts'
import { rbac, rulesFor } from './rbac.ts'
import { inTurn } from './verdicts.ts'
import { type WebhookSettings, webhook } from './webhook.ts'

/** One way to authorize: upstream's --authorization-mode; of a webhook, what is said of it; of ABAC, its policies. */
export type Mode = 'AlwaysAllow' | 'AlwaysDeny' | 'Node' | 'RBAC' | WebhookSettings | { readonly policies: readonly Policy[] }

/** What somebody may do in a namespace, as far as it can be listed. */
export interface RulesFound {
  readonly rules: readonly PolicyRule[]
  /** Whether there may be more than these. */
  readonly incomplete: boolean
  readonly errors: readonly string[]
}

/** Decides who may do what. */
export interface Authority {
  readonly authorize: Authorizer
  rulesFor(user: User, namespace: string): RulesFound
  readonly grants: Grants
  /** Takes in roles, bindings and pods, and follows them. To be called once, when the caches are filled. */
  follow(): void
  /** Asks these authorizers from now on. */
  take(modes: readonly Mode[]): void
}

interface Ground {
  readonly reader: Reader
  readonly clock: Clock
  readonly log: Log
}

/** What one mode comes to. */
type Part = Pick<Authority, 'authorize' | 'rulesFor'>

/** As kubeadm has it. */
const defaultModes: readonly Mode[] = ['Node', 'RBAC']

/** The authorizers of these modes, in this order, behind the one for system:masters. */
export function authority({ reader, clock, log }: Ground, modes: readonly Mode[] = defaultModes): Authority {
  const grants = new Grants(reader)
  const relations = new NodeRelations(reader)
  const part = (mode: Mode): Part => {
    if (typeof mode === 'object' && 'policies' in mode)
      return {
        authorize: abac(mode.policies),
        rulesFor: (user, namespace) => ({ ...nothing, rules: abacRules(mode.policies, user, namespace) }),
      }
    if (typeof mode === 'object')
      return {
        authorize: webhook(mode, { clock, log }),
        rulesFor: () => unlisted('webhook authorizer does not support user rule resolution'),
      }
    switch (mode) {
      case 'AlwaysAllow':
        return { authorize: alwaysAllow, rulesFor: () => ({ ...nothing, rules: everything }) }
      case 'AlwaysDeny':
        return { authorize: alwaysDeny, rulesFor: () => nothing }
      case 'Node':
        return {
          authorize: node(relations, nodeRules),
          rulesFor: user =>
            nodeOf(user) === undefined ? nothing : unlisted('node authorizer does not support user rule resolution'),
        }
      case 'RBAC':
        return {
          authorize: rbac(grants),
          rulesFor: (user, namespace) => ({ ...rulesFor(grants, user, namespace), incomplete: false }),
        }
    }
  }
  let parts: readonly Part[] = []
  let authorize: Authorizer = alwaysDeny
  const take = (wanted: readonly Mode[]): void => {
    parts = wanted.map(part)
    authorize = inTurn([masters, ...parts.map(each => each.authorize)])
  }
  take(modes)
  return {
    authorize: (user, attributes) => authorize(user, attributes),
    take,
    grants,
    rulesFor(user, namespace) {
      const found = parts.map(each => each.rulesFor(user, namespace))
      return {
        rules: found.flatMap(({ rules }) => rules),
        incomplete: found.some(({ incomplete }) => incomplete),
        errors: found.flatMap(({ errors }) => errors),
      }
    },
    follow() {
      grants.follow()
      relations.follow()
    },
  }
}

const nothing: RulesFound = { rules: [], incomplete: false, errors: [] }
const unlisted = (error: string): RulesFound => ({ rules: [], incomplete: true, errors: [error] })
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

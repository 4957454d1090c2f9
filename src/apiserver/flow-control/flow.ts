import type { FlowSchema, PriorityLevelConfiguration } from '#api/flowcontrol/v1.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Level } from './level.ts'
import { type Matcher, matcherOf } from './matching.ts'

/** A flow schema ready to be used: which requests are of it, whose they are, and where they wait. */
export interface Flow {
  readonly matches: Matcher
  readonly level: Level
  /** Tells apart those who share the schema. */
  idOf(user: User, attributes: Attributes): string
  /** What its answers carry. Ids, not names: who is of little importance need not read it there. */
  readonly headers: Readonly<Record<string, string>>
}

/** Makes a flow schema ready, with the level it leads to. */
export function flowOf(schema: FlowSchema, { metadata: { uid } }: PriorityLevelConfiguration, level: Level): Flow {
  const { name } = schema.metadata
  const by = schema.spec.distinguisherMethod?.type
  return {
    matches: matcherOf(schema),
    level,
    idOf: (user, { namespace }) => `${name}\n${by === 'ByUser' ? user.name : by === 'ByNamespace' ? namespace : ''}`,
    headers: {
      'x-kubernetes-pf-flowschema-uid': schema.metadata.uid ?? '',
      'x-kubernetes-pf-prioritylevel-uid': uid ?? '',
    },
  }
}

/** The order in which flow schemas are asked. */
export const byPrecedence = (a: FlowSchema, b: FlowSchema): number =>
  (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0) ||
  ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)

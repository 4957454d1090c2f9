import { cluster } from './examples/cluster.ts'
import type { Example } from './examples/example.ts'
import { policies } from './examples/policies.ts'
import { reviews } from './examples/reviews.ts'
import { storage } from './examples/storage.ts'
import { workloads } from './examples/workloads.ts'

/** An object of every kind, by `groupVersion/resource`; for doors that take another kind, by `groupVersion/resource/door`. */
export const examples: Readonly<Record<string, Example>> = { ...cluster, ...policies, ...reviews, ...storage, ...workloads }

import type { Rule } from './rules.ts'

/** The rules of the services that changed, by `namespace/name`; no rules means that the service is gone. */
export type Changes = ReadonlyMap<string, readonly Rule[]>

/** Makes the machine's network agree with the rules. */
export interface Dataplane {
  readonly name: string
  /**
   * Takes up what changed; the first call is told everything and clears away what an earlier life left. Calls do not
   * overlap. When it throws, what was told stays told: the next call makes good for it.
   */
  program(changes: Changes): Promise<void>
  /** Takes everything back. */
  remove(): Promise<void>
}

/** The shape of a value: an OpenAPI v3 structural schema as linked objects. `properties` have no prototype; the graph may be cyclic. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly enum?: readonly string[]
  readonly default?: unknown
  /** What Go has, and writes, where nobody said anything: `{}`, `0`, `''`, or null for a list, map or pointer without omitempty. */
  readonly zero?: unknown
  readonly intOrString?: boolean
  readonly preserveUnknown?: boolean
  readonly embedded?: boolean
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[]
  readonly patchMergeKey?: string
  readonly goType?: string
}

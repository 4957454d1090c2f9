/** A kind of object, as the Go sources declare it. */
export interface KindFact {
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** It has a /status door. */
  readonly status?: boolean
  /** The type of its list, `PodList`. */
  readonly list?: string
}

/** One member of a struct, in the order of the Go source. Either `name` and `type`, or `inline`. */
export interface FieldFact {
  readonly name?: string
  /**
   * `string` `boolean` `int32` `int64` `double` `float` `bytes` `time` `microTime` `duration` `quantity` `intOrString`
   * `rawExtension` `fields` `any`, a type's name (`core.v1.PodSpec`), or `[]` (list of) or `{}` (map of) before any of these.
   */
  readonly type?: string
  /** The type whose members appear here as if they were this type's own. */
  readonly inline?: string
  /** Protobuf's field number. */
  readonly number?: number
  readonly pointer?: boolean
  readonly omitEmpty?: boolean
  readonly omitZero?: boolean
  readonly optional?: boolean
  readonly default?: unknown
  /** Comma separated. */
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
}

/** A struct (`fields`) or another name for a type (`is`). */
export interface TypeFact {
  readonly fields?: readonly FieldFact[]
  readonly is?: string
  readonly enum?: readonly string[]
  /** Protobuf wraps this list in a message of its own. */
  readonly message?: boolean
  readonly mapType?: 'atomic' | 'granular'
}

/** One file of openapi/facts: all that is known of one group and version. */
export interface FactsFile {
  readonly group: string
  readonly version: string
  /** What its types are called in OpenAPI documents: `io.k8s.api.core.v1`. */
  readonly model: string
  readonly kinds: readonly KindFact[]
  readonly types: Readonly<Record<string, TypeFact>>
}

/** Where a group's facts are: `core`, `apps`, `rbac`. */
export const folderOf = (group: string): string => {
  if (group === '') return 'core'
  return group === 'internal.apiserver.k8s.io' ? 'apiserverinternal' : group.split('.')[0]!
}

const zeros: Readonly<Record<string, unknown>> = { string: '', boolean: false, int32: 0, int64: 0, double: 0, float: 0 }

/**
 * What Go writes for a field that nobody set, and upstream's OpenAPI therefore calls its default: `{}` for a struct, and the zero
 * of a scalar without omitempty. Nothing for pointers, lists, maps, and types that write themselves.
 */
export function zeroOf(
  field: Pick<FieldFact, 'type' | 'pointer' | 'omitEmpty'>,
  typeOf: (name: string) => TypeFact | undefined,
): unknown {
  const { type = '', pointer, omitEmpty } = field
  if (pointer || type.startsWith('[]') || type.startsWith('{}')) return undefined
  if (type in zeros) return omitEmpty ? undefined : zeros[type]
  const fact = typeOf(type)
  if (!fact?.is) return fact && {}
  return zeroOf({ ...field, type: fact.is }, typeOf)
}

/** Whether Go writes null for a field that nobody set. */
export const isNil = ({ type = '', pointer, omitEmpty }: FieldFact): boolean =>
  !omitEmpty && (pointer === true || type.startsWith('[]') || type.startsWith('{}'))

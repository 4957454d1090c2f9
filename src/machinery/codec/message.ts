/** What protobuf carries of one type: its fields by their numbers. */
export interface Message {
  readonly fields: ReadonlyMap<number, Field>
}

export interface Field {
  /** Its name in JSON; nothing: the members of its message join those of the one that has it. */
  readonly name: string | undefined
  readonly holds: 'one' | 'list' | 'map'
  /** The type of the value, of each item, or of each map value. Asked only when it is met: messages may contain themselves. */
  readonly type: Scalar | (() => Message)
  /** Whether JSON leaves the value out when it is empty, which in protobuf looks no different from not being set. */
  readonly dropsZero: boolean
}

/** What protobuf carries otherwise than JSON says it: numbers, and Kubernetes' own little messages. */
export type Scalar =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  /** A message that holds JSON bytes in field 1. */
  | 'json'
  /** A message that holds a list of strings in field 1. */
  | 'strings'

import { dumpYaml } from '@kubernetes/client-node'
import type { Answer } from '../https.ts'

/** In which words a body is sent or an answer wanted: what stands in Content-Type or Accept, and how to see that an answer is in it. */
export interface Encoding {
  readonly name: 'json' | 'yaml' | 'protobuf' | 'table' | 'partial' | 'partial-protobuf'
  readonly accept: string
  /** The kind that an answer says it is, if it is in this encoding. */
  kindOf(answer: Answer): string | undefined
}

/** An encoding that objects are sent in as well. */
export interface Sent extends Encoding {
  readonly type: string
  /** An object in this encoding, where that can be made without a server. */
  encode?(object: object): string
}

const protobuf = 'application/vnd.kubernetes.protobuf'
const meta = (as: string): string => `as=${as};v=v1;g=meta.k8s.io`

const jsonKind = ({ headers, json }: Answer): string | undefined =>
  headers['content-type']?.startsWith('application/json') ? json<{ kind?: string }>().kind : undefined

/** After four bytes of magic comes an Unknown, whose first member is a TypeMeta: apiVersion and kind. */
function protobufKind({ headers, bytes }: Answer): string | undefined {
  if (!headers['content-type']?.startsWith(protobuf) || bytes.toString('latin1', 0, 4) !== 'k8s\0') return undefined
  const version = 6
  const kind = version + 2 + bytes[version + 1]!
  return bytes.toString('utf8', kind + 2, kind + 2 + bytes[kind + 1]!)
}

export const json: Sent = {
  name: 'json',
  accept: 'application/json',
  type: 'application/json',
  encode: object => JSON.stringify(object),
  kindOf: jsonKind,
}

const yaml: Sent = {
  name: 'yaml',
  accept: 'application/yaml',
  type: 'application/yaml',
  encode: object => dumpYaml(object),
  kindOf: ({ headers, text }) =>
    headers['content-type']?.startsWith('application/yaml') ? /^kind: (\w+)$/m.exec(text)?.[1] : undefined,
}

/** Objects in which objects are sent and wanted alike. What there is no way to encode here is taken from the server, as protobuf. */
export const sent: readonly Sent[] = [json, yaml, { name: 'protobuf', accept: protobuf, type: protobuf, kindOf: protobufKind }]

/** Other shapes that may be wanted; for a list, of a list. */
export const shapes = (ofList: boolean): readonly Encoding[] => {
  const partial = meta(ofList ? 'PartialObjectMetadataList' : 'PartialObjectMetadata')
  return [
    { name: 'table', accept: `application/json;${meta('Table')}`, kindOf: jsonKind },
    { name: 'partial', accept: `application/json;${partial}`, kindOf: jsonKind },
    { name: 'partial-protobuf', accept: `${protobuf};${partial}`, kindOf: protobufKind },
  ]
}

import type { Facts } from '#apiserver/facts.ts'
import { encodeMessage, sealEnvelope } from '#machinery/codec/encode.ts'
import { encodeYaml } from '#machinery/yaml.ts'

export const mediaTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const
export type MediaType = (typeof mediaTypes)[number]

/** Bytes, and what they are. */
export interface Encoded {
  readonly type: MediaType
  readonly bytes: Uint8Array
}

/** Encodes an object. One of a kind that protobuf has no message for is said in JSON. */
export function encode(value: unknown, type: MediaType, pretty: boolean, message: Facts['message']): Encoded {
  if (type === 'application/yaml') return { type, bytes: Buffer.from(encodeYaml(value)) }
  if (type === 'application/vnd.kubernetes.protobuf') {
    const object = value as Readonly<Record<string, unknown>> & { readonly apiVersion?: string; readonly kind: string }
    const { apiVersion = '', kind } = object
    const found = message(apiVersion, kind)
    if (found) return { type, bytes: sealEnvelope({ apiVersion, kind }, encodeMessage(object, found)) }
  }
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(value, null, pretty ? 2 : undefined)) }
}

import { Secret } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { configMapKey } from '#machinery/names.ts'
import { age, name, text } from '#resources/columns.ts'
import { dataBytes, maxDataBytes, validateFrozen } from './data.ts'

export default resource(Secret, {
  fields: { type: secret => secret.type ?? '' },
  columns: [name, text('Type', ({ type }) => type ?? ''), text('Data', ({ data }) => Object.keys(data ?? {}).length), age],

  default(secret) {
    secret.type ||= 'Opaque'
    if (!secret.stringData) return
    const encoded = Object.entries(secret.stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) }
    delete secret.stringData
  },

  *validate(secret, before) {
    const { data = {} } = secret
    if (before) {
      yield* immutable(secret.type, before.type, 'type')
      yield* validateFrozen(secret, before, ['data'])
    }
    for (const key of Object.keys(data)) yield* invalidEach(`data[${key}]`, key, configMapKey(key))
    if (dataBytes(data) > maxDataBytes) yield tooLong('data', maxDataBytes)
    yield* validateType(secret, data)
  },
})

/** Checks that a secret of a well-known type holds what that type is for. */
function* validateType({ type, metadata }: Secret, data: Record<string, string>): Generator<Cause> {
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const account = 'kubernetes.io/service-account.name'
      if (!metadata.annotations?.[account]) yield required(`metadata.annotations[${account}]`)
      return
    }
    case 'kubernetes.io/dockercfg':
      yield* validateJson(data, '.dockercfg')
      return
    case 'kubernetes.io/dockerconfigjson':
      yield* validateJson(data, '.dockerconfigjson')
      return
    case 'kubernetes.io/basic-auth':
      if (data.username !== undefined || data.password !== undefined) return
      yield required('data[username]')
      yield required('data[password]')
      return
    case 'kubernetes.io/ssh-auth':
      if (!data['ssh-privatekey']) yield required('data[ssh-privatekey]')
      return
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (data[key] === undefined) yield required(`data[${key}]`)
  }
}

function* validateJson(data: Record<string, string>, key: string): Generator<Cause> {
  const encoded = data[key]
  if (encoded === undefined) {
    yield required(`data[${key}]`)
    return
  }
  const redacted = '<secret contents redacted>'
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString())
    if (typeof value !== 'object' || Array.isArray(value)) {
      yield invalidValue(
        `data[${key}]`,
        redacted,
        `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
      )
    }
  } catch {
    yield invalidValue(
      `data[${key}]`,
      redacted,
      encoded ? 'invalid character looking for beginning of value' : 'unexpected end of JSON input',
    )
  }
}

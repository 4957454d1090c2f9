import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { cIdentifier, dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'

const longestPool = 253
const longestId = 32

/** Checks the name of a request, a device or a counter. */
export const validateLabel = (name: string | undefined, path: string): Generator<Cause> =>
  invalidEach(path, name ?? '', dns1123Label(name ?? ''))

/** Checks the name of a pool: subdomains, separated by slashes. */
export function* validatePoolName(name: string | undefined, path: string): Generator<Cause> {
  if (!name) {
    yield required(path)
    return
  }
  if (Buffer.byteLength(name) > longestPool) yield tooLong(path, longestPool)
  for (const part of name.split('/')) yield* invalidEach(path, part, dns1123Subdomain(part))
}

/** Checks the name of an attribute or capacity: an identifier, perhaps in a domain. */
export function* validateQualifiedName(name: string, path: string): Generator<Cause> {
  const [first = '', second, ...more] = name.split('/')
  if (more.length > 0) yield invalidValue(path, name, 'must not contain more than one slash')
  else if (second === undefined) yield* validateIdentifier(first, path)
  else {
    if (first) yield* validateDriverName(first, path)
    else yield invalidValue(path, '', 'the domain must not be empty')
    if (second) yield* validateIdentifier(second, path)
    else yield invalidValue(path, '', 'the name must not be empty')
  }
}

/** The same where the domain must be there. */
export function* validateFullName(name: string, path: string): Generator<Cause> {
  yield* validateQualifiedName(name, path)
  if (!name.includes('/'))
    yield invalidValue(path, name, 'a fully qualified name must be a domain and a name separated by a slash')
}

function* validateIdentifier(name: string, path: string): Generator<Cause> {
  if (Buffer.byteLength(name) > longestId) yield tooLong(path, longestId)
  yield* invalidEach(path, name, cIdentifier(name))
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Checks the id of a share of a device. */
export function* validateShareId(id: string | undefined, path: string): Generator<Cause> {
  if (id === undefined || uuid.test(id)) return
  yield uuid.test(id.toLowerCase())
    ? invalidValue(
        path,
        id,
        'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
      )
    : invalidValue(path, id, `error validating uid: invalid UUID ${id.length === 36 ? 'format' : `length: ${id.length}`}`)
}

import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { ciphers } from '#storage/encryption/ciphers.ts'

/** apiserver.config.k8s.io/v1 EncryptionConfiguration, as far as it is understood. */
export interface EncryptionConfiguration {
  readonly resources: readonly ResourceRule[]
}

export interface ResourceRule {
  readonly resources: readonly string[]
  /** Each with one member: `aesgcm: { keys }`, `identity: {}`. */
  readonly providers: readonly Readonly<Record<string, { readonly keys?: readonly NamedKey[] } | null>>[]
}

export interface NamedKey {
  readonly name?: string
  /** Base64. */
  readonly secret?: string
}

/** `deployments.apps`, `*.`, `*.*`: a resource and its group. */
export function groupResource(text: string): { readonly resource: string; readonly group: string } {
  const dot = text.indexOf('.')
  return dot < 0 ? { resource: text, group: '' } : { resource: text.slice(0, dot), group: text.slice(dot + 1) }
}

/** What is wrong with a configuration, in upstream's words (apis/apiserver/validation/validation_encryption.go). */
export function* problemsOf({ resources }: EncryptionConfiguration): Generator<Cause> {
  if (!Array.isArray(resources) || resources.length === 0)
    return yield required('resources', 'at least one resources is required')
  for (const [at, rule] of resources.entries()) {
    const path = `resources[${at}]`
    const [names, providers] = [rule?.resources ?? [], rule?.providers ?? []]
    if (names.length === 0) yield required(`${path}.resources`, `at least one ${path}.resources is required`)
    yield* overlaps(names, `${path}.resources`)
    for (const [index, name] of names.entries()) yield* named(name, `${path}.resources[${index}]`)
    if (providers.length === 0) yield required(`${path}.providers`, `at least one ${path}.providers is required`)
    for (const [index, provider] of providers.entries()) yield* locks(provider ?? {}, `${path}.providers[${index}]`)
  }
}

function* overlaps(names: readonly string[], path: string): Generator<Cause> {
  if (new Set(names).size < names.length) yield invalidValue(path, names, 'the same resource cannot be specified multiple times')
  const unique = [...new Set(names)].map(groupResource)
  const masks = unique.some(({ resource, group }) => {
    const of = group === '*' ? unique : unique.filter(each => each.group === group)
    return resource === '*' && of.length > 1
  })
  if (masks)
    yield invalidValue(
      path,
      names,
      "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked",
    )
}

const withoutApi = ['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']

function* named(name: string, path: string): Generator<Cause> {
  const { resource, group } = groupResource(name)
  const why =
    name !== name.toLowerCase()
      ? 'resource name should not contain capital letters'
      : name === '*'
        ? "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
        : withoutApi.includes(name)
          ? 'resources which do not have REST API/s cannot be encrypted'
          : group === 'events.k8s.io'
            ? "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
            : group === 'extensions'
              ? "'extensions' group has been removed and cannot be used for encryption"
              : group === '*' && resource !== '*'
                ? 'encrypting the same resource across groups is not supported'
                : undefined
  if (why) yield invalidValue(path, name, why)
}

function* locks(provider: ResourceRule['providers'][number], path: string): Generator<Cause> {
  const names = Object.keys(provider)
  if (names.length > 1)
    return yield invalidValue(
      path,
      names,
      'more than one provider specified in a single element, should split into different list elements',
    )
  const [name = ''] = names
  if (name === 'kms') return yield invalidValue(path, name, 'Pinnace has no KMS provider: use aesgcm, aescbc or secretbox')
  if (name === 'identity') return
  const cipher = ciphers[name]
  if (!cipher)
    return yield invalidValue(
      path,
      name,
      'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
    )
  const keys = provider[name]?.keys ?? []
  if (keys.length === 0) yield required(`${path}.${name}.keys`, 'at least one keys is required')
  for (const [at, key] of keys.entries()) yield* fits(key ?? {}, cipher.keyBytes, `${path}.${name}.keys[${at}]`)
}

function* fits({ name, secret }: NamedKey, lengths: readonly number[], path: string): Generator<Cause> {
  if (!name) yield required(`${path}.name`, 'name is a mandatory field for a key')
  if (!secret) return yield required(`${path}.secret`, 'secret is a mandatory field for a key')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret))
    return yield invalidValue(`${path}.secret`, 'REDACTED', 'secrets must be base64 encoded')
  const { length } = Buffer.from(secret, 'base64')
  if (!lengths.includes(length))
    yield invalidValue(
      `${path}.secret`,
      'REDACTED',
      `secret is not of the expected length, got ${length}, expected one of [${lengths.join(' ')}]`,
    )
}

import type { ParamKind, ParamRef } from '#api/admissionregistration/v1.ts'
import { apiVersion, type Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { selectorOf } from '#machinery/labels.ts'

/** A policy or its binding cannot be used as it is. */
export class ConfigurationError extends Error {}

/** The kind that a policy's parameters have; nothing, if it takes none. Throws ConfigurationError for one that is not served. */
export function paramKindOf(reader: Reader, wanted: ParamKind | undefined): Kind | undefined {
  if (!wanted) return undefined
  const found = reader.kinds().find(kind => kind.kind === wanted.kind && apiVersion(kind) === wanted.apiVersion)
  if (found) return found
  throw new ConfigurationError(`failed to find resource referenced by paramKind: '${wanted.apiVersion}, Kind=${wanted.kind}'`)
}

/** The parameters with which a policy is to be evaluated, in turn; without any: once, with none. Throws ConfigurationError. */
export async function paramsOf(
  reader: Reader,
  kind: Kind | undefined,
  ref: ParamRef | undefined,
  namespace: string,
): Promise<readonly (Readonly<KubeObject> | undefined)[]> {
  if (!kind || !ref) return [undefined]
  const within = namespaceOf(kind, ref, namespace)
  const found = ref.name
    ? [await named(reader, kind, { namespace: within, name: ref.name })]
    : selected(reader, kind, ref, within)
  const params = found.filter(each => each !== undefined)
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny')
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction')
  return params
}

function namespaceOf(kind: Kind, ref: ParamRef, namespace: string): string {
  if (kind.scope === 'Cluster') {
    if (!ref.namespace) return ''
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  }
  const within = ref.namespace || namespace
  if (within) return within
  throw new ConfigurationError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
}

/** One that the cache does not show may have been made a moment ago. */
const named = async (reader: Reader, kind: Kind, key: { namespace: string; name: string }): Promise<KubeObject | undefined> =>
  reader.get(kind, key) ?? (await reader.live(kind, key))

function selected(reader: Reader, kind: Kind, { selector }: ParamRef, namespace: string): readonly KubeObject[] {
  const wanted = selectorOf(selector)
  return reader.list(kind, namespace ? { namespace } : {}).filter(({ metadata }) => wanted.matches(metadata.labels))
}

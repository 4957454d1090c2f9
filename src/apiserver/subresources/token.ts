import type { TokenRequest } from '#api/authentication/v1.ts'
import { Node, Pod, Secret, ServiceAccount } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { badRequest, type Cause, conflict, invalid, notFound } from '#api/status.ts'
import { answerValue } from '#apiserver/answer/answer.ts'
import type { ServiceAccountTokens, TokenSubject } from '#apiserver/authentication/service-account.ts'
import type { Bound } from '#apiserver/authentication/service-account-claims.ts'
import { readObject } from '#apiserver/request/body.ts'
import { writeOptionsOf } from '#apiserver/request/options.ts'
import type { Subresource } from '#apiserver/resource.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { invalidValue } from '#machinery/causes.ts'
import { nearest } from '#machinery/exact.ts'
import { timestamp } from '#machinery/time.ts'

const kind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }

/**
 * `serviceaccounts/NAME/token`: a new token for the account, bound to a pod, a node or a secret if asked
 * (upstream: registry/core/serviceaccount/storage/token.go).
 */
export const token = (reader: Reader, tokens: ServiceAccountTokens): Subresource => ({
  kind,
  verbs: ['create'],
  async handle(request, admit) {
    const { namespace, name } = request.attributes
    const account = await reader.live(ServiceAccount, { namespace, name })
    if (!account) throw notFound(ServiceAccount, name)
    const options = writeOptionsOf(request)
    const body = (await readObject(request, kind, options.fieldValidation)) as TokenRequest
    if (body.metadata?.name && body.metadata.name !== name) throw badRequest('must match the service account name: metadata.name')
    const { audiences = [], expirationSeconds = 3600, boundObjectRef } = body.spec ?? {}
    const causes = [...tooLongOrShort(expirationSeconds)]
    if (causes.length > 0) throw invalid(kind, '', causes)
    await admit(body, options.dryRun)

    const bound = boundObjectRef ? await boundTo(reader, account, boundObjectRef) : {}
    const granted = audiences.length > 0 ? audiences : tokens.audiences
    const lasts = Math.min(expirationSeconds, tokens.longestSeconds)
    const serviceaccount = { name, uid: account.metadata.uid! }
    const made = await tokens.issue({ namespace, serviceaccount, ...bound, audiences: granted, seconds: lasts })
    const { uid: _, ...metadata } = { ...body.metadata, name, namespace, creationTimestamp: account.metadata.creationTimestamp }
    const spec = { audiences: granted, expirationSeconds: lasts, boundObjectRef: boundObjectRef ?? null }
    const status = { token: made.token, expirationTimestamp: timestamp(made.expires) }
    return answerValue(201, { kind: kind.kind, apiVersion: 'authentication.k8s.io/v1', metadata, spec, status }, request.accept)
  },
})

const shortestSeconds = 600
const longestSeconds = 2 ** 32

function* tooLongOrShort(asked: number): Generator<Cause> {
  const refuse = (why: string): Cause => invalidValue('spec.expirationSeconds', asked, `may not specify a duration ${why}`)
  const seconds = nearest(asked)
  if (!(seconds >= shortestSeconds)) yield refuse('less than 10 minutes')
  if (seconds > longestSeconds) yield refuse('larger than 2^32 seconds')
}

type Ref = NonNullable<TokenRequest['spec']['boundObjectRef']>

/** What a token is bound to, as it says so. Throws NotFound, BadRequest for what no token is bound to, Conflict for another's uid. */
async function boundTo(reader: Reader, account: Readonly<ServiceAccount>, ref: Ref): Promise<Partial<TokenSubject>> {
  const { namespace = '', name: accountName } = account.metadata
  const of = async <T extends KubeObject>(kind: Kind<T>, namespace: string): Promise<Readonly<T>> => {
    const name = ref.name ?? ''
    const found = await reader.live(kind, { namespace, name })
    if (!found) throw notFound(kind, name)
    const { uid } = found.metadata
    if (ref.uid && ref.uid !== uid)
      throw conflict(
        // Upstream gives the kind where others give the resource.
        { ...kind, plural: kind.kind },
        name,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      )
    return found
  }
  const what = ref.apiVersion === undefined || ref.apiVersion === 'v1' ? ref.kind : undefined
  if (what === 'Secret') return { secret: boundOf(await of(Secret, namespace)) }
  if (what === 'Node') return { node: boundOf(await of(Node, '')) }
  if (what !== 'Pod') throw badRequest(`cannot bind token to object of type ${typeOf(ref)}`)
  const pod = await of(Pod, namespace)
  const { nodeName, serviceAccountName = '' } = pod.spec
  if (serviceAccountName !== accountName)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with serviceaccount ${JSON.stringify(serviceAccountName)}`,
    )
  if (!nodeName) return { pod: boundOf(pod) }
  const node = reader.get(Node, { namespace: '', name: nodeName })
  return { pod: boundOf(pod), node: node ? boundOf(node) : { name: nodeName } }
}

const boundOf = ({ metadata: { name, uid } }: Readonly<KubeObject>): Bound => ({ name: name!, uid: uid! })

/** A type as Go writes one: `/v1, Kind=Node`. */
function typeOf({ apiVersion = '', kind = '' }: Ref): string {
  const [version, group = ''] = apiVersion.split('/').reverse()
  return `${group}/${version}, Kind=${kind}`
}

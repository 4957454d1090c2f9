import type { TokenRequest } from '#api/authentication/v1.ts'
import { Node, Pod, ServiceAccount } from '#api/core/v1.ts'
import { badRequest, conflict, invalid, notFound } from '#api/status.ts'
import { answerValue } from '#apiserver/answer.ts'
import type { ServiceAccountTokens } from '#apiserver/authentication/service-account.ts'
import { readObject } from '#apiserver/body.ts'
import { writeOptionsOf } from '#apiserver/options.ts'
import type { Reader } from '#apiserver/reader.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { timestamp } from '#machinery/time.ts'

const kind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }

/** `serviceaccounts/NAME/token`: a new token for the account, bound to a pod if asked (upstream: registry/core/serviceaccount/storage/token.go). */
export const token = (reader: Reader, tokens: ServiceAccountTokens): Subresource => ({
  kind,
  verbs: ['create'],
  async handle(request, admit) {
    const { namespace, name } = request.attributes
    const account = await reader.live(ServiceAccount, { namespace, name })
    if (!account) throw notFound(ServiceAccount, name)
    const body = (await readObject(request, kind, writeOptionsOf(request).fieldValidation)) as TokenRequest
    await admit(body)
    const { audiences = [], expirationSeconds: seconds = 3600, boundObjectRef } = body.spec ?? {}
    if (!Number.isInteger(seconds) || seconds < 600)
      throw invalid(kind, '', [
        invalidValue('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'),
      ])

    const bound = boundObjectRef?.kind === 'Pod' ? await podOf(reader, namespace, boundObjectRef) : {}
    if (boundObjectRef && boundObjectRef.kind !== 'Pod')
      throw badRequest(`cannot bind token to object of type ${boundObjectRef.kind}`)
    const granted = audiences.length > 0 ? audiences : [tokens.issuer]
    const serviceaccount = { name, uid: account.metadata.uid! }
    const made = await tokens.issue({ namespace, serviceaccount, ...bound, audiences: granted, seconds })
    const { uid: _, ...metadata } = { ...body.metadata, name, namespace, creationTimestamp: account.metadata.creationTimestamp }
    const spec = { audiences: granted, expirationSeconds: seconds, boundObjectRef: boundObjectRef ?? null }
    const status = { token: made.token, expirationTimestamp: timestamp(made.expires) }
    return answerValue(201, { kind: kind.kind, apiVersion: 'authentication.k8s.io/v1', metadata, spec, status }, request.accept)
  },
})

async function podOf(reader: Reader, namespace: string, ref: { name?: string; uid?: string }): Promise<object> {
  const name = ref.name ?? ''
  const pod = await reader.live(Pod, { namespace, name })
  if (!pod) throw notFound(Pod, name)
  const { uid } = pod.metadata
  if (ref.uid && ref.uid !== uid)
    throw conflict(
      Pod,
      name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  const node = reader.get(Node, { namespace: '', name: pod.spec.nodeName ?? '' })
  const { nodeName } = pod.spec
  return { pod: { name, uid }, ...(nodeName && { node: { name: nodeName, ...(node && { uid: node.metadata.uid }) } }) }
}

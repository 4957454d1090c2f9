import { apiVersion, type Kind } from '#api/kind.ts'
import type { OwnerReference } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { type Admission, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Authority } from '#apiserver/authorization/authority.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Attributes } from '#apiserver/user.ts'
import { equal } from '#machinery/equality.ts'

const base = { path: '', isResource: true, subresource: '' }

/**
 * Who gives an object an owner must be allowed to delete the object, as that is what the owner's end will do; and who lets it
 * hold up the owner's deletion must be allowed to set the owner's finalizers (upstream: OwnerReferencesPermissionEnforcement).
 */
export function ownerReferences(reader: Reader, { authorize }: Pick<Authority, 'authorize'>): Admission {
  const refusal = async ({ user }: Review, asked: Attributes): Promise<string | undefined> => {
    const { decision, reason, error } = await authorize(user, asked)
    return decision === 'allow' ? undefined : `${reason}, ${error ?? '<nil>'}`
  }
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    concerns: ({ operation, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && (subresource === '' || subresource === 'finalizers'),

    async validate(review) {
      const { object, before, key, operation } = review
      const owners = object!.metadata.ownerReferences ?? []
      const earlier = before?.metadata.ownerReferences ?? []
      if (equal(owners, earlier)) return
      const { group, version, plural: resource } = review.resource.kind
      const name = operation === 'CREATE' ? '' : key.name
      const mayNotDelete = await refusal(review, {
        ...base,
        verb: 'delete',
        group,
        version,
        resource,
        namespace: key.namespace,
        name,
      })
      if (mayNotDelete) throw refused(review, `cannot set an ownerRef on a resource you can't delete: ${mayNotDelete}`)
      for (const owner of blocking(owners, before)) {
        const kind = kindOf(owner, reader)
        if (!kind)
          throw refused(
            review,
            `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${owner.apiVersion} Kind ${owner.kind}`,
          )
        const asked = {
          ...base,
          verb: 'update',
          group: kind.group,
          version: kind.version,
          resource: kind.plural,
          subresource: 'finalizers',
          namespace: kind.scope === 'Namespaced' ? key.namespace : '',
          name: owner.name,
        }
        const mayNotBlock = await refusal(review, asked)
        if (mayNotBlock)
          throw refused(
            review,
            `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${mayNotBlock}`,
          )
      }
    },
  }
}

/** The owners that an object holds up and did not hold up before. */
function blocking(owners: readonly OwnerReference[], before: KubeObject | undefined): readonly OwnerReference[] {
  const held = new Set(before?.metadata.ownerReferences?.filter(each => each.blockOwnerDeletion).map(({ uid }) => uid))
  return owners.filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion && !held.has(uid))
}

const kindOf = (owner: OwnerReference, reader: Reader): Kind | undefined =>
  reader.kinds().find(kind => kind.kind === owner.kind && apiVersion(kind) === owner.apiVersion)

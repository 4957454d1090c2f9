import { StatusError } from '#api/status.ts'
import type { Attributes, User } from '#apiserver/user.ts'

/** The refusal of somebody who may not, in upstream's words (endpoints/handlers/responsewriters/errors.go). */
export function forbidden(user: User, attributes: Attributes, why = ''): StatusError {
  const { verb, path, isResource, group, resource, subresource, namespace, name } = attributes
  const because = why && `: ${why}`
  if (!isResource)
    return new StatusError('Forbidden', `forbidden: ${plain(`User "${user.name}" cannot ${verb} path "${path}"`)}${because}`, {})
  const what = subresource ? `${resource}/${subresource}` : resource
  const place = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const sentence = plain(`User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${place}`)
  const full = group ? `${resource}.${group}` : resource
  return new StatusError('Forbidden', `${full}${name ? ` "${name}"` : ''} is forbidden: ${sentence}${because}`, {
    ...(name && { name }),
    ...(group && { group }),
    kind: resource,
  })
}

/** Text that no browser takes for HTML. */
const plain = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

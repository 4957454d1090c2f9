import { Binding, Pod } from '#api/core/v1.ts'
import { readObject } from '#apiserver/request/body.ts'
import { type Resource, resource } from '#apiserver/resource.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { create } from '#apiserver/verbs/create.ts'
import type { Tools } from '#apiserver/verbs/verb.ts'

/** The old collection of bindings: to post one is to post it to the door of the pod that has its name (upstream: LegacyBindingREST). */
export const bindings = (reader: Reader, tools: Tools): Resource =>
  resource(Binding, {
    verbs: ['create'],
    async answer(request) {
      const { metadata } = await readObject(request, Binding, 'Ignore')
      const attributes = { ...request.attributes, resource: 'pods', subresource: 'binding', name: metadata.name ?? '' }
      return create({ ...request, attributes }, reader.store(Pod), tools)
    },
  })

import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { answerValue } from '#apiserver/answer/answer.ts'
import { readObject } from '#apiserver/request/body.ts'
import { writeOptionsOf } from '#apiserver/request/options.ts'
import type { Request } from '#apiserver/request/request.ts'
import { type Resource, resource } from '#apiserver/resource.ts'

/** A kind that is a question: what is posted comes back with its status filled in, and nothing is stored. */
export const review = <T extends KubeObject & { spec?: object; status?: unknown }>(
  kind: Kind<T>,
  status: (object: T, request: Request) => Promise<T['status']>,
): Resource =>
  resource(kind, {
    verbs: ['create'],
    async answer(request) {
      const object = (await readObject(request, kind, writeOptionsOf(request).fieldValidation)) as T
      // Go has an empty question where there is none.
      if (request.facts.schema(kind)?.properties?.spec) object.spec ??= {}
      return answerValue(201, { ...object, status: await status(object, request) }, request.accept)
    },
  })

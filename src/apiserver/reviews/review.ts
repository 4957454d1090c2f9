import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { answerValue } from '#apiserver/answer.ts'
import { readObject } from '#apiserver/body.ts'
import type { Request } from '#apiserver/request.ts'
import { type Resource, resource } from '#apiserver/resource.ts'

/** A kind that is a question: what is posted comes back with its status filled in, and nothing is stored. */
export const review = <T extends KubeObject & { status?: unknown }>(
  kind: Kind<T>,
  status: (object: T, request: Request) => Promise<T['status']>,
): Resource =>
  resource(kind, {
    verbs: ['create'],
    async answer(request) {
      const object = (await readObject(request, kind, 'Ignore')) as T
      return answerValue(201, { ...object, status: await status(object, request) }, request.accept)
    },
  })

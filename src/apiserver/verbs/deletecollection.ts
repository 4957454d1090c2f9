import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { answerList, viewOf } from '#apiserver/answer/answer.ts'
import { pageOf } from '#apiserver/answer/page.ts'
import { deleteOptionsOf } from '#apiserver/request/options.ts'
import { deleteOne, isDry } from './delete.ts'
import { attemptOf, type Verb } from './verb.ts'

/** How many deletes of a collection are under way at once. */
const width = 16

/** Deletes all the objects that a list with the same query shows, and answers that list. */
export const removeCollection: Verb = async (request, store, { clock }) => {
  const view = viewOf(request, clock)
  const options = await deleteOptionsOf(request)
  const attempt = attemptOf(request, { dryRun: isDry(options) })
  const { items, metadata } = await pageOf(request, store, clock)
  const doomed = items.values()
  const worker = async (): Promise<void> => {
    for (const { object } of doomed) {
      try {
        await deleteOne(store, keyOf(object), options, attempt, clock.now())
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return answerList(items, metadata, store, view)
}

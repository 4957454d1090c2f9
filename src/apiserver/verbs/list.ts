import { answerList, viewOf } from '#apiserver/answer/answer.ts'
import { pageOf } from '#apiserver/answer/page.ts'
import type { Verb } from './verb.ts'

/** Lists a kind, or a namespace of it, whole or in pages. */
export const list: Verb = async (request, store, { clock }) => {
  const view = viewOf(request, clock)
  const { items, metadata } = await pageOf(request, store, clock)
  return answerList(items, metadata, store, view)
}

import { create } from './create.ts'
import { remove } from './delete.ts'
import { removeCollection } from './deletecollection.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { patch } from './patch.ts'
import { update } from './update.ts'
import type { Verb } from './verb.ts'
import { watch } from './watch.ts'

/** Every verb by the name authorization knows it by. */
export const verbs: Readonly<Record<string, Verb>> = {
  create,
  delete: remove,
  deletecollection: removeCollection,
  get,
  list,
  patch,
  update,
  watch,
}

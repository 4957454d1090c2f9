import { compacting } from './contract/compacting.ts'
import { reading } from './contract/reading.ts'
import { Subject } from './contract/subject.ts'
import { watching } from './contract/watching.ts'
import { writing } from './contract/writing.ts'
import type { Storage } from './storage.ts'

/**
 * What every store must do: a store's test is this suite, with `create` giving an empty store each time. It is run on the store
 * and on the watch cache in front of it, which must not show a difference.
 */
export function contract(name: string, create: () => Promise<Storage>): void {
  for (const isCached of [false, true])
    describe(`${isCached ? 'the watch cache in front of ' : ''}${name} keeps the contract of a storage`, () => {
      const subject = new Subject(create, { isCached })
      beforeEach(() => subject.begin())
      afterEach(() => subject.end())
      writing(subject)
      reading(subject)
      watching(subject)
      compacting(subject)
    })
}

import { compacting } from './contract/compacting.ts'
import { reading } from './contract/reading.ts'
import { Subject } from './contract/subject.ts'
import { watching } from './contract/watching.ts'
import { writing } from './contract/writing.ts'
import type { Storage } from './storage.ts'

/** What every store must do: a store's test is this suite, with `create` giving an empty store each time. */
export function contract(name: string, create: () => Promise<Storage>): void {
  describe(`${name} keeps the contract of a storage`, () => {
    const subject = new Subject(create)
    beforeEach(() => subject.begin())
    afterEach(() => subject.end())
    writing(subject)
    reading(subject)
    watching(subject)
    compacting(subject)
  })
}

import { deepEqual, equal } from 'node:assert/strict'
import { remembering } from './remember.ts'

describe('remembering', () => {
  it('works out an answer once', () => {
    const asked: string[] = []
    const lengthOf = remembering(text => asked.push(text) && text.length)
    equal(lengthOf('pod'), 3)
    equal(lengthOf('pod'), 3)
    deepEqual(asked, ['pod'])
  })

  it('forgets rather than grow', () => {
    const asked: string[] = []
    const lengthOf = remembering(text => asked.push(text) && text.length, 2)
    for (const text of ['a', 'b', 'c', 'a']) equal(lengthOf(text), 1)
    deepEqual(asked, ['a', 'b', 'c', 'a'])
  })
})

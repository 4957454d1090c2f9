import assert from 'node:assert/strict'
import { controllers } from './controllers.ts'

describe('the roles of controllers', () => {
  it('let every controller watch what it lists, as its cache does both', () => {
    for (const { name, rules } of controllers)
      for (const { verbs, resources } of rules)
        if (verbs.includes('list')) assert.ok(verbs.includes('watch'), `${name}: ${resources}`)
  })

  it('are each of another name', () => {
    const names = controllers.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length)
  })
})

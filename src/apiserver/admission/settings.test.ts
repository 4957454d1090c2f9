import assert from 'node:assert/strict'
import { chosen } from './settings.ts'

describe('the choice of admission plugins', () => {
  const plugins = ['A', 'B', 'C'].map(name => ({ name }))
  const names = (settings: Parameters<typeof chosen>[2]): string[] =>
    chosen(plugins, new Set(['B']), settings).map(({ name }) => name)

  it('is what is on by default, with what is enabled and without what is disabled', () => {
    assert.deepEqual(names({}), ['A', 'C'])
    assert.deepEqual(names({ enabled: ['B'] }), ['A', 'B', 'C'])
    assert.deepEqual(names({ disabled: ['C'] }), ['A'])
  })

  it('refuses names that nobody knows, and those that contradict themselves', () => {
    assert.throws(() => names({ enabled: ['X'] }), { message: 'enable-admission-plugins plugin "X" is unknown' })
    assert.throws(() => names({ disabled: ['X'] }), { message: 'disable-admission-plugins plugin "X" is unknown' })
    const message = '[A] in enable-admission-plugins and disable-admission-plugins overlapped'
    assert.throws(() => names({ enabled: ['A'], disabled: ['A'] }), { message })
  })
})

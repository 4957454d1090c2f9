import { deepEqual, equal } from 'node:assert/strict'
import type { ObjectMeta } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import * as causes from './causes.ts'
import { immutable, validateAnnotations, validateMetadata, validateMetadataUpdate } from './metadata.ts'
import { dns1123Label } from './names.ts'

const said = (causes: Iterable<Cause>): string[] => Array.from(causes, ({ field, message }) => `${field}: ${message}`)

describe('causes', () => {
  const sentences: [Cause, string][] = [
    [causes.required('a'), 'Required value'],
    [causes.required('a', 'must be set'), 'Required value: must be set'],
    [causes.invalidValue('a', 'x"\n\u0001é', 'bad'), 'Invalid value: "x\\"\\n\\x01é": bad'],
    [causes.invalidValue('a', 5, 'bad'), 'Invalid value: 5: bad'],
    [causes.invalidValue('a', true, 'bad'), 'Invalid value: true: bad'],
    [causes.invalidValue('a', { b: ['<'] }, 'bad'), 'Invalid value: {"b":["\\u003c"]}: bad'],
    [causes.invalidValue('a', undefined, 'bad'), 'Invalid value: null: bad'],
    [causes.typeInvalid('a', 'x', 'bad'), 'Invalid value: "x": bad'],
    [causes.notSupported('a', 'x', ['b', 'c']), 'Unsupported value: "x": supported values: "b", "c"'],
    [causes.notSupported('a', 'x', []), 'Unsupported value: "x"'],
    [causes.forbidden('a', 'never'), 'Forbidden: never'],
    [causes.duplicate('a', 'x'), 'Duplicate value: "x"'],
    [causes.notFound('a', 'x'), 'Not found: "x"'],
    [causes.tooLong('a', 1), 'Too long: may not be more than 1 byte'],
    [causes.tooLongCharacters('a', 9), 'Too long: may not be more than 9 characters'],
    [causes.tooMany('a', 3, 2), 'Too many: 3: must have at most 2 items'],
  ]
  for (const [cause, message] of sentences) it(`say: ${message}`, () => equal(cause.message, message))
})

describe('validateMetadata', () => {
  const fine: ObjectMeta = { name: 'a', namespace: 'b', labels: { c: 'd' }, annotations: { 'E.com/f': 'g' } }

  it('has nothing to say about good metadata', () => {
    deepEqual(said(validateMetadata(fine, { namespaced: true })), [])
    deepEqual(said(validateMetadata({ name: 'a', generateName: 'a-' }, { namespaced: false })), [])
  })

  it('wants a name and a namespace, or no namespace', () => {
    deepEqual(said(validateMetadata({}, { namespaced: true })), [
      'metadata.name: Required value: name or generateName is required',
      'metadata.namespace: Required value',
    ])
    deepEqual(said(validateMetadata(fine, { namespaced: false })), ['metadata.namespace: Forbidden: not allowed on this type'])
  })

  it('judges names as the kind does', () => {
    const check = { namespaced: true, name: dns1123Label }
    deepEqual(said(validateMetadata({ ...fine, name: 'a.b' }, check)), [
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ])
    deepEqual(said(validateMetadata({ ...fine, generateName: 'a.b-' }, check)), [
      'metadata.generateName: Invalid value: "a.b-": must not contain dots',
    ])
  })

  it('judges labels, annotations, owners and finalizers', () => {
    const meta: ObjectMeta = {
      ...fine,
      generation: -1,
      labels: { a: 'b'.repeat(64) },
      annotations: { a: 'x'.repeat(256 * 1024) },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u', controller: true },
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: '', controller: true },
      ],
      finalizers: ['a b'.replace(' ', '/b/'), 'orphan', 'foregroundDeletion'],
    }
    const problems = said(validateMetadata(meta, { namespaced: true })).map(text => text.slice(0, 60))
    deepEqual(
      problems,
      [
        'metadata.generation: Invalid value: -1: must be greater than or equal to 0'.slice(0, 60),
        `metadata.labels: Invalid value: "${'b'.repeat(64)}`.slice(0, 60),
        'metadata.annotations: Too long: may not be more than 262144 b',
        'metadata.ownerReferences: Invalid value: {"apiVersion":"v1",',
        'metadata.ownerReferences.uid: Invalid value: "": must not be',
        'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1"',
        'metadata.finalizers: Invalid value: "a/b/b": a valid label k',
        'metadata.finalizers: Invalid value: ["a/b/b","orphan","foreg',
      ].map(text => text.slice(0, 60)),
    )
  })

  it('counts annotations in bytes', () => {
    deepEqual(said(validateAnnotations({ a: 'é'.repeat(128 * 1024) }, 'x')), ['x: Too long: may not be more than 262144 bytes'])
    deepEqual(said(validateAnnotations({ a: 'e'.repeat(256 * 1024 - 1) }, 'x')), [])
  })
})

describe('validateMetadataUpdate', () => {
  const before: ObjectMeta = {
    name: 'a',
    namespace: 'b',
    uid: 'u',
    resourceVersion: '1',
    generation: 2,
    creationTimestamp: '2026-01-01T00:00:00Z',
  }

  it('lets labels change, and what is immutable not', () => {
    deepEqual(said(validateMetadataUpdate({ ...before, labels: { a: 'b' } }, before)), [])
    deepEqual(said(validateMetadataUpdate({ ...before, name: 'c', uid: 'v', generation: 1, resourceVersion: '' }, before)), [
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      'metadata.generation: Invalid value: 1: must not be decremented',
      'metadata.name: Invalid value: "c": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
    ])
  })

  it('takes no new finalizers for what is being deleted', () => {
    const dying = { ...before, deletionTimestamp: '2026-01-02T00:00:00Z', finalizers: ['a/b'] }
    deepEqual(said(validateMetadataUpdate({ ...dying, finalizers: ['a/b', 'c/d'] }, dying)), [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}',
    ])
    deepEqual(said(validateMetadataUpdate({ ...dying, finalizers: [] }, dying)), [])
  })

  it('compares by meaning', () => {
    deepEqual(said(immutable({ a: 1, b: 2 }, { b: 2, a: 1, c: [] }, 'spec.selector')), [])
    deepEqual(said(immutable({ a: 1 }, { a: 2 }, 'spec.selector')), ['spec.selector: Invalid value: {"a":1}: field is immutable'])
  })
})

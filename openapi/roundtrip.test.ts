import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeMessage } from '#machinery/codec/decode.ts'
import { encodeMessage } from '#machinery/codec/encode.ts'
import { messages } from './messages.ts'
import { openFacts } from './schemas.ts'
import { objectsOf } from './testing-objects.ts'

const facts = openFacts()
const messageOf = messages(name => facts.type(name))

/** Types that protobuf carries: those whose fields have numbers. */
const carried = (file: string): string[] =>
  Object.entries(facts.file(file)!.types)
    .filter(([, { fields }]) => fields?.some(({ number }) => number !== undefined))
    .map(([name]) => `${file}.${name}`)

describe('objects, from JSON to protobuf and back', () => {
  for (const file of facts.files())
    it(`${file}: every field of every type comes back, and as the same bytes`, () => {
      for (const type of carried(file)) {
        const message = messageOf(type)!
        const seen = new Set<string>()
        fc.assert(
          fc.property(objectsOf(facts, type), object => {
            for (const name of Object.keys(object)) seen.add(name)
            const bytes = encodeMessage(object, message)
            const back = decodeMessage(bytes, message)
            assert.deepEqual(back, object)
            assert.deepEqual(Buffer.from(encodeMessage(back, message)), Buffer.from(bytes))
          }),
          { numRuns: 12, seed: 1 },
        )
        for (const { name, number } of facts.type(type)!.fields!)
          assert.ok(name === undefined || number === undefined || seen.has(name), `${type}.${name} was never there`)
      }
    }).timeout(60_000)
})

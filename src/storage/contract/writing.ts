import assert from 'node:assert/strict'
import { one, under } from '#storage/storage.ts'
import { bytes, type Subject, text } from './subject.ts'

/** Revisions, lost races, deletions, values. */
export function writing(subject: Subject): void {
  describe('writing', () => {
    it('counts revisions from 1, one for each write', async () => {
      assert.equal((await subject.storage.read(under('/'))).revision, 0)
      assert.deepEqual(
        [
          await subject.put('/a', '1'),
          await subject.put('/b', '1'),
          await subject.put('/a', '2', 1),
          await subject.put('/b', undefined, 2),
        ],
        [1, 2, 3, 4],
      )
      assert.equal((await subject.storage.read(under('/'))).revision, 4)
    })

    it('changes nothing where the expected revision is wrong, and says what is there', async () => {
      await subject.put('/a', '1')
      for (const expected of [0, 2]) {
        const outcome = await subject.storage.write({ key: '/a', value: bytes('x'), expected })
        assert.ok(!outcome.written)
        assert.deepEqual([outcome.actual?.revision, text(outcome.actual?.value)], [1, '1'])
      }
      assert.deepEqual(await subject.storage.write({ key: '/b', value: bytes('x'), expected: 1 }), {
        written: false,
        actual: undefined,
      })
      assert.equal((await subject.storage.read(under('/'))).revision, 1)
    })

    it('deletes a key, which can then be written anew', async () => {
      await subject.put('/a', '1')
      assert.equal(await subject.put('/a', undefined, 1), 2)
      assert.deepEqual(await subject.keys(under('/')), [])
      assert.deepEqual(await subject.storage.write({ key: '/a', value: bytes('x'), expected: 1 }), {
        written: false,
        actual: undefined,
      })
      assert.equal(await subject.put('/a', '2'), 3)
    })

    it('makes no revision of the deletion of a key that is not there', async () => {
      assert.deepEqual(await subject.storage.write({ key: '/a', expected: 0 }), { written: false, actual: undefined })
      assert.equal(await subject.put('/b', '1'), 1)
    })

    it('keeps values byte for byte: empty, binary and large ones', async () => {
      const values = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, at) => at), new Uint8Array(1_500_000).fill(7)]
      for (const [at, value] of values.entries()) await subject.storage.write({ key: `/${at}`, value, expected: 0 })
      const { entries } = await subject.storage.read(under('/'))
      for (const [at, value] of values.entries()) assert.ok(Buffer.from(entries[at]!.value).equals(value))
    })

    it('lets exactly one of many concurrent writers win each revision of a key', async () => {
      let lost = 0
      const increment = async (): Promise<void> => {
        for (let expected = 0, count = 0; ; ) {
          const outcome = await subject.storage.write({ key: '/count', value: bytes(`${count + 1}`), expected })
          if (outcome.written) return
          lost++
          expected = outcome.actual!.revision
          count = Number(text(outcome.actual!.value))
        }
      }
      await Promise.all(Array.from({ length: 40 }, increment))
      const { entries, revision } = await subject.storage.read(one('/count'))
      assert.deepEqual([text(entries[0]!.value), revision], ['40', 40])
      assert.ok(lost > 0)
      const events = await subject.take(subject.storage.watch(one('/count'), 0, subject.stop.signal), { count: 40 })
      assert.deepEqual(
        events.map(event => text(event.value)),
        Array.from({ length: 40 }, (_, at) => `${at + 1}`),
      )
    })

    it('shows a write to whoever reads after it resolved', async () => {
      await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const revision = await subject.put(`/${at}`, 'x')
          const page = await subject.storage.read(one(`/${at}`))
          assert.equal(page.entries[0]?.revision, revision)
          assert.ok(page.revision >= revision)
        }),
      )
    })
  })
}

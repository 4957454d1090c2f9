import assert from 'node:assert/strict'
import { pauseArchive } from './pause-image.ts'

describe('the pause image', () => {
  for (const [architecture, machine] of [
    ['amd64', 62],
    ['arm64', 183],
  ] as const) {
    it(`is a tar of one static program for ${architecture}`, () => {
      const archive = pauseArchive(architecture)
      const size = Number.parseInt(archive.toString('latin1', 124, 135), 8)
      const program = archive.subarray(512, 512 + size)
      assert.equal(archive.toString('latin1', 0, 5), 'pause')
      assert.equal(archive.length % 512, 0)
      assert.equal(program.toString('latin1', 1, 4), 'ELF')
      assert.equal(program.readUInt16LE(18), machine)
      // The signal action is the file's last 32 bytes, and its handler is SIG_IGN.
      assert.deepEqual([...program.subarray(-32)], [1, ...Array(31).fill(0)])
      const sum = archive.subarray(0, 512).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
      assert.equal(Number.parseInt(archive.toString('latin1', 148, 154), 8), sum)
    })
  }

  it('is not made for processors that it knows nothing of', () => {
    assert.throws(() => pauseArchive('s390x'), /no pause program for s390x/)
  })
})

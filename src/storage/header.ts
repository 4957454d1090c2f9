import { open } from 'node:fs/promises'

/** Where LMDB (data format 2) keeps what we look at, in each of the file's first two pages; little-endian. */
const layout = { magic: 24, pageSize: 48, lastPage: 144, bytes: 152 }
const magic = 0xbeefc0de

/** Pages at the end that LMDB may have counted without having written them. */
const slack = 256

/**
 * Looks whether a file can be one of LMDB's and is all there. Throws a sentence for people. It is asked before LMDB, which
 * maps the file into memory, where the wrong bytes or a missing end take the process down without a word.
 */
export async function checkFile(path: string): Promise<void> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (!file) return
  try {
    const { size } = await file.stat()
    if (size === 0) return
    const header = async (at: number): Promise<Buffer> => {
      const { buffer } = await file.read(Buffer.alloc(layout.bytes), 0, layout.bytes, at)
      if (buffer.readUInt32LE(layout.magic) !== magic) throw new Error(`${path} is not a database, or is damaged`)
      return buffer
    }
    const first = await header(0)
    const pageSize = first.readUInt32LE(layout.pageSize)
    const second = await header(pageSize)
    const pages = Math.max(...[first, second].map(page => Number(page.readBigUInt64LE(layout.lastPage)))) + 1
    const missing = pages - size / pageSize
    if (missing > slack) throw new Error(`${path} is damaged: ${missing} of its ${pages} pages are missing`)
  } finally {
    await file.close()
  }
}

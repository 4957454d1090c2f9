import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Page } from './lmdb-page.ts'

/** Where the root of a tree lies, and what LMDB has counted of it (MDB_db). */
interface Tree {
  readonly flags: number
  readonly depth: number
  /** Branch pages, leaf pages, pages of large values, entries. */
  readonly counts: readonly [number, number, number, number]
  readonly root: number
}

/** What one of the first two pages says of the whole. */
interface Meta {
  readonly free: Tree
  readonly main: Tree
  readonly lastPage: number
  readonly transaction: number
}

/** Offsets in a meta page; a tree takes `treeBytes`. */
const layout = { flags: 18, magic: 24, version: 28, address: 32, free: 48, main: 96, lastPage: 144, transaction: 152, bytes: 168 }
const [magic, version, metaPage, treeBytes] = [0xbeefc0de, 2, 8, 48]
const [integerKeys, noFlags] = [8, 0]
const noRoot = 2 ** 64

/** Pages at the end that LMDB may have counted without having written them. */
const slack = 256

/** Deeper trees than this have more pages than there are disks. */
const deepest = 20

/**
 * Looks whether a file can be one of LMDB's, is all there, and hangs together: every page that can be reached is what it is said to
 * be, all keys are in order, nothing is counted that is not there, and no page is both used and free. Throws a sentence for people.
 *
 * It is asked before LMDB, which believes its pages: wrong ones take the process down without a word, or hide entries. The
 * values and rows in the pages have checksums of their own (`seal.ts`). What is altered while LMDB has the file open is found the next time.
 */
export function checkFile(path: string): void {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    if (fstatSync(file).size > 0) new Walk(path, file).go()
  } finally {
    closeSync(file)
  }
}

/** One way through all pages of a file. */
class Walk {
  readonly #path: string
  readonly #file: number
  readonly #pageSize: number
  readonly #meta: Meta
  /** Per page whether it was met. */
  readonly #met: Uint8Array
  /** Per depth of a tree the page that is looked at: what lies above stays while what lies below is read. */
  readonly #levels: Buffer[] = []

  constructor(path: string, file: number) {
    this.#path = path
    this.#file = file
    const { size } = fstatSync(file)
    const first = this.#bytes(0, layout.bytes)
    this.#pageSize = first.readUInt32LE(layout.free)
    if (!isMeta(first)) throw new Error(`${path} is not a database, or is damaged`)
    const metas = [first, this.#bytes(this.#pageSize, layout.bytes)].map((bytes, at) => {
      if (!isMeta(bytes) || bytes.readUInt32LE(layout.free) !== this.#pageSize) throw this.#damaged(at, 'is no head')
      return metaOf(bytes)
    })
    // The two take turns, so the newest is known by its place too.
    const newest = metas[0]!.transaction > metas[1]!.transaction ? 0 : 1
    this.#meta = metas[newest]!
    const other = metas[1 - newest]!.transaction
    const isTurn = this.#meta.transaction % 2 === newest && other === this.#meta.transaction - 1
    if (!isTurn && (other !== 0 || this.#meta.transaction !== 0)) throw this.#damaged(newest, 'does not follow the other head')
    const pages = this.#meta.lastPage + 1
    const missing = Math.ceil(pages - size / this.#pageSize)
    if (missing > slack) throw new Error(`${path} is damaged: ${missing} of its ${pages} pages are missing`)
    this.#met = new Uint8Array(pages)
    this.#met.fill(1, 0, 2)
  }

  go(): void {
    const { free, main } = this.#meta
    const inUse: (readonly [string, Tree])[] = []
    this.#tree('the list of tables', main, noFlags, (page, at) => {
      const bytes = page.data(at)
      if (bytes.length !== treeBytes) throw this.#damaged(page.number, 'names a table that is none')
      inUse.push([`the table ${page.key(at).toString('latin1').replace(/\0$/, '')}`, treeOf(bytes, 0)])
    })
    for (const [name, tree] of inUse) this.#tree(name, tree, noFlags)
    this.#tree('the list of free pages', free, integerKeys, (page, at) => this.#freed(page, at))
  }

  /** Walks one tree, and compares it with what LMDB has counted. */
  #tree(name: string, tree: Tree, flags: number, take?: (page: Page, at: number) => void): void {
    const wrong = new Error(`${this.#path} is damaged: ${name} is not as it was counted`)
    if (tree.flags !== flags || tree.depth > deepest) throw wrong
    const counts: [number, number, number, number] = [0, 0, 0, 0]
    const compare = flags === integerKeys ? byNumber : Buffer.compare
    const visit = (number: number, depth: number, from?: Buffer, to?: Buffer): void => {
      const page = this.#page(number, depth, depth === tree.depth ? 'leaf' : 'branch')
      const isLeaf = page.kind === 'leaf'
      counts[isLeaf ? 1 : 0]++
      if (isLeaf) counts[3] += page.entries
      // The first key of a branch is left empty: it stands for the lower bound.
      const first = isLeaf ? 0 : 1
      const isWithin = (at: number): boolean =>
        (!from || compare(page.key(at), from) >= (isLeaf ? 0 : 1)) && (!to || compare(page.key(at), to) < 0)
      let isRight = page.entries <= first || (isWithin(first) && isWithin(page.entries - 1))
      for (let at = first + 1; at < page.entries && isRight; at++) isRight = compare(page.key(at - 1), page.key(at)) < 0
      if (!isRight) throw this.#damaged(number, 'has its keys in another order')
      for (let at = 0; at < page.entries; at++)
        if (!isLeaf) visit(page.child(at), depth + 1, at > 0 ? page.key(at) : from, at + 1 < page.entries ? page.key(at + 1) : to)
        else {
          counts[2] += this.#overflow(page, at)
          take?.(page, at)
        }
    }
    if (tree.root !== noRoot) visit(tree.root, 1)
    if (tree.counts.some((count, at) => count !== counts[at]) || (tree.root === noRoot) !== (tree.depth === 0)) throw wrong
  }

  #page(number: number, depth: number, kind: Page['kind']): Page {
    this.#meet(number)
    const bytes = (this.#levels[depth] ??= Buffer.alloc(this.#pageSize))
    const page = new Page(number, this.#read(bytes, number * this.#pageSize))
    const problem = page.kind === kind ? page.problem(this.#meta.transaction) : `is no ${kind}`
    if (problem) throw this.#damaged(number, problem)
    return page
  }

  /** How many pages of its own the value of an entry takes. */
  #overflow(page: Page, at: number): number {
    const own = page.ownPages(at)
    if (!own) return 0
    const count = Math.ceil((page.dataBytes(at) + Page.head) / this.#pageSize)
    const head = new Page(own.first, this.#bytes(own.first * this.#pageSize, Page.head))
    if (own.count !== count || !head.isHeadOf(count, this.#meta.transaction)) throw this.#damaged(own.first, 'is no large value')
    for (let number = own.first; number < own.first + count; number++) this.#meet(number)
    return count
  }

  /** An entry of the list of free pages: a count, and so many numbers; −n before a number: n pages from it on. */
  #freed(page: Page, at: number): void {
    const own = page.ownPages(at)
    const bytes = own ? this.#bytes(own.first * this.#pageSize + Page.head, page.dataBytes(at)) : page.data(at)
    const numbers = new BigInt64Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / 8))
    const end = Number(numbers[0] ?? -1n)
    if (end < 0 || end >= numbers.length) throw this.#damaged(page.number, 'lists free pages that are none')
    for (let place = 1; place <= end; place++) {
      const entry = Number(numbers[place])
      if (entry > 0) this.#meet(entry)
      if (entry >= 0) continue
      const first = Number(numbers[++place] ?? 0n)
      if (place > end || -entry > this.#met.length) throw this.#damaged(page.number, 'lists free pages that are none')
      for (let number = first; number < first - entry; number++) this.#meet(number)
    }
  }

  #meet(number: number): void {
    if (!(number >= 2 && number < this.#met.length)) throw this.#damaged(number, 'does not exist, and is referred to')
    if (this.#met[number]) throw this.#damaged(number, 'is used twice')
    this.#met[number] = 1
  }

  #bytes(from: number, length: number): Buffer {
    return this.#read(Buffer.alloc(length), from)
  }

  /** What the file is too short for is zeros: no page of LMDB's looks like that. */
  #read(bytes: Buffer, from: number): Buffer {
    const count = Number.isSafeInteger(from) ? readSync(this.#file, bytes, 0, bytes.length, from) : 0
    return bytes.fill(0, count)
  }

  #damaged(number: number, why: string): Error {
    return new Error(`${this.#path} is damaged: its page ${number} ${why}`)
  }
}

function isMeta(bytes: Buffer): boolean {
  return (
    bytes.readUInt32LE(layout.magic) === magic &&
    bytes.readUInt32LE(layout.version) === version &&
    bytes.readUInt16LE(layout.flags) === metaPage &&
    bytes.readBigUInt64LE(layout.address) === 0n
  )
}

const metaOf = (bytes: Buffer): Meta => ({
  free: treeOf(bytes, layout.free),
  main: treeOf(bytes, layout.main),
  lastPage: Number(bytes.readBigUInt64LE(layout.lastPage)),
  transaction: Number(bytes.readBigUInt64LE(layout.transaction)),
})

function treeOf(bytes: Buffer, at: number): Tree {
  const number = (place: number): number => Number(bytes.readBigUInt64LE(at + place))
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    counts: [number(8), number(16), number(24), number(32)],
    root: number(40),
  }
}

const byNumber = (a: Buffer, b: Buffer): number => {
  if (a.length !== 8 || b.length !== 8) return 1
  return Number(a.readBigUInt64LE() - b.readBigUInt64LE())
}

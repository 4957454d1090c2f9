import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type Revision, type Storage, under } from './storage.ts'

/*
 * A snapshot is every object of a storage at one revision, in one file that any storage can be filled from. A line of JSON says what
 * it is; then come the entries, each as two lengths (32 bits, big-endian), a key and a value; then a length of 0, and the
 * SHA-256 of all that.
 */

/** What the first line of a snapshot says. */
export interface Heading {
  readonly format: 'pinnace-snapshot'
  readonly version: 1
  readonly revision: Revision
  readonly takenAt: string
}

/** A snapshot that was read to its end and is whole. */
export interface Contents extends Heading {
  readonly entries: number
}

/** What is kept: objects, but not who serves them just now. */
const objects = under('/registry/')
const leases = '/registry/masterleases/'

const pageSize = 500
const sumBytes = 32
const longestHeading = 1024

/** The bytes of a snapshot of a storage as it is now. Writes go on meanwhile, and are not in it. */
export async function* takeSnapshot(storage: Storage, takenAt: Date): AsyncGenerator<Buffer, void> {
  const sum = createHash('sha256')
  const summed = (bytes: Buffer): Buffer => {
    sum.update(bytes)
    return bytes
  }
  const revision = await storage.newest()
  const heading: Heading = { format: 'pinnace-snapshot', version: 1, revision, takenAt: takenAt.toISOString() }
  yield summed(Buffer.from(`${JSON.stringify(heading)}\n`))
  for (let start = objects.start, more = true; more; ) {
    const { entries, remaining } = await storage.read({ start, end: objects.end }, { at: revision, limit: pageSize })
    const kept = entries.filter(({ key }) => !key.startsWith(leases))
    yield summed(
      Buffer.concat(kept.flatMap(({ key, value }) => [lengths(Buffer.byteLength(key), value.length), Buffer.from(key), value])),
    )
    start = `${entries.at(-1)?.key}\0`
    more = remaining > 0
  }
  yield Buffer.concat([summed(lengths(0)), sum.digest()])
}

function lengths(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * at)
  return bytes
}

/** Reads a snapshot to its end and tells what it is, handing over every entry on the way. Throws a sentence where it is not whole. */
export async function readSnapshot(
  file: string,
  take: (key: string, value: Buffer) => Promise<void> | void = () => {},
): Promise<Contents> {
  const damaged = (why: string): Error => new Error(`the snapshot ${file} ${why}`)
  const sum = createHash('sha256')
  let heading: Heading | undefined
  let [rest, entries, ended] = [Buffer.alloc(0), 0, false]
  for await (const chunk of chunksOf(file)) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk)
    if (!heading) {
      const line = rest.indexOf('\n')
      if (line < 0 && rest.length < longestHeading) continue
      heading = headingOf(rest.subarray(0, Math.max(line, 0)))
      if (!heading) throw damaged('is none, or of another version of Pinnace')
      sum.update(rest.subarray(0, line + 1))
      rest = rest.subarray(line + 1)
    }
    while (!ended && rest.length >= 4) {
      const keyBytes = rest.readUInt32BE()
      ended = keyBytes === 0
      const end = ended ? 4 : rest.length < 8 ? Number.POSITIVE_INFINITY : 8 + keyBytes + rest.readUInt32BE(4)
      if (rest.length < end) break
      sum.update(rest.subarray(0, end))
      if (!ended) {
        entries++
        await take(rest.toString('utf8', 8, 8 + keyBytes), rest.subarray(8 + keyBytes, end))
      }
      rest = rest.subarray(end)
    }
  }
  if (!heading) throw damaged('is none, or of another version of Pinnace')
  if (!ended || rest.length !== sumBytes) throw damaged('is not whole: its end is missing')
  if (!sum.digest().equals(rest)) throw damaged('is damaged: its checksum does not fit')
  return { ...heading, entries }
}

async function* chunksOf(file: string): AsyncGenerator<Buffer, void> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>
  } catch (cause) {
    throw new Error(`the snapshot ${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

function headingOf(line: Buffer): Heading | undefined {
  try {
    const heading = JSON.parse(line.toString()) as Heading
    return heading.format === 'pinnace-snapshot' && heading.version === 1 ? heading : undefined
  } catch {
    return undefined
  }
}

/** Fills an empty storage from a snapshot. Throws where it is not whole, before anything is written; and where the storage is not empty. */
export async function fillFrom(file: string, storage: Storage): Promise<Contents> {
  await readSnapshot(file)
  if ((await storage.read(objects, { limit: 1 })).entries.length > 0) throw new Error('the storage is not empty')
  // As many as an embedded store commits at once, and no more than fit into memory.
  let underway: Promise<void>[] = []
  const settle = async (): Promise<void> => {
    await Promise.all(underway)
    underway = []
  }
  const write = async (key: string, value: Buffer): Promise<void> => {
    const { written } = await storage.write({ key, value: Buffer.from(value), expected: 0 })
    if (!written) throw new Error(`somebody else has written ${key} meanwhile`)
  }
  const contents = await readSnapshot(file, async (key, value) => {
    underway.push(write(key, value))
    if (underway.length >= pageSize) await settle()
  })
  await settle()
  return contents
}

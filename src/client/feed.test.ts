import assert from 'node:assert/strict'
import type { Kind } from '#api/kind.ts'
import { StatusError } from '#api/status.ts'
import type { News } from '#cache/news.ts'
import { feed } from './feed.ts'
import type { List, RawWatchEvent, Reader } from './wire.ts'

const Thing: Kind = { group: '', version: 'v1', kind: 'Thing', plural: 'things', scope: 'Cluster' }
const thing = (name: string, revision: number) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, resourceVersion: String(revision) },
})
const instant = { now: () => new Date(0), sleep: async (): Promise<void> => {} }

type Answer = List<unknown> | Error
type Watched = readonly (RawWatchEvent<unknown> | Error)[]

/** A server that answers lists and watches in turn, and notes what it was asked. */
function scripted(lists: Answer[], watches: Watched[], asked: string[], end: () => void): Reader {
  return {
    async list(_kind: Kind, where: { resourceVersion?: string }) {
      asked.push(`list ${where.resourceVersion ?? 'newest'}`)
      const answer = lists.shift()
      if (answer instanceof Error) throw answer
      return answer as List<unknown>
    },
    async *watch(_kind: Kind, where: { revision: number }) {
      asked.push(`watch ${where.revision}`)
      const script = watches.shift()
      if (!script) return end()
      for (const each of script) {
        if (each instanceof Error) throw each
        yield each
      }
    },
  } as Reader
}

async function follow(lists: Answer[], watches: Watched[]): Promise<{ asked: string[]; news: News<never>[] }> {
  const stop = new AbortController()
  const asked: string[] = []
  const news: News<never>[] = []
  const reader = scripted(lists, watches, asked, () => stop.abort())
  for await (const each of feed(reader, Thing, {}, { clock: instant })(stop.signal)) news.push(each as News<never>)
  return { asked, news }
}

const list = (revision: number): Answer => ({ items: [thing('a', revision)], revision })

describe('a feed', () => {
  it('lists what the server has at hand, then watches, and goes on where a watch ended or broke', async () => {
    const bookmark = { type: 'BOOKMARK' as const, object: thing('', 9) }
    const put = { type: 'MODIFIED' as const, object: thing('a', 7) }
    const { asked, news } = await follow([list(5)], [[put, bookmark], [new Error('socket hang up')], []])
    assert.deepEqual(asked, ['list 0', 'watch 5', 'watch 9', 'watch 9', 'watch 9'])
    assert.deepEqual(
      news.map(({ type }) => type),
      ['reset', 'put', 'reached'],
    )
  })

  it('lists again when its revision has expired, nothing older than it has seen', async () => {
    const expired = new StatusError('Expired', 'too old resource version')
    const { asked, news } = await follow([list(5), list(8)], [[expired], []])
    assert.deepEqual(asked, ['list 0', 'watch 5', 'list 5', 'watch 8', 'watch 8'])
    assert.deepEqual(
      news.map(({ type }) => type),
      ['reset', 'reset'],
    )
  })

  it('asks for the newest list when the server cannot give one as new as asked for', async () => {
    const late = new StatusError('Timeout', 'Too large resource version')
    const expired = new StatusError('Expired', 'too old resource version')
    const { asked } = await follow([list(5), late, list(2)], [[expired], []])
    assert.deepEqual(asked, ['list 0', 'watch 5', 'list 5', 'list newest', 'watch 2', 'watch 2'])
  })
})

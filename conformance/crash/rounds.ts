import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Api, ConfigMap } from './api.ts'
import { Follower } from './follower.ts'
import { type Intent, Ledger, type Standing } from './ledger.ts'
import { configMaps, dataOf, numberOf, seeded } from './values.ts'

export interface Rounds {
  readonly rounds: number
  readonly seed: number
  readonly writers?: number
  readonly watchers?: number
  readonly tell?: (line: string) => void
}

export interface Figures {
  readonly rounds: number
  readonly answered: number
  readonly undecided: number
  /** Of the undecided, how many had happened all the same. */
  readonly happened: number
  readonly events: number
  readonly restartMs: number
}

const keysOfWriter = 4

/**
 * Round after round: many write and watch over HTTP; the API server is killed at a random moment and started again; then every
 * answered write must be there with its revision, nothing half there, no revision given out again, and every watcher that took
 * up its watch must have been told the same, each event once and in order.
 */
export async function crashRounds(
  api: Api,
  { rounds, seed, writers = 16, watchers = 8, tell = () => {} }: Rounds,
): Promise<Figures> {
  const random = seeded(seed)
  const ledger = new Ledger()
  let number = 0
  let [events, restartMs] = [0, 0]
  await api.start()
  let mirror = new Map<string, Standing>()
  let checkpoint = Number((await api.send('GET', configMaps)).body.metadata.resourceVersion)
  const followers = Array.from({ length: watchers }, (_, at) => new Follower(() => api, checkpoint, at < 2 ? 3 * at + 1 : 0))

  const write = async (intent: Intent, send: () => Promise<Answer>): Promise<void> => {
    ledger.ask(intent)
    const { code, body } = await send()
    if (code >= 300) ledger.refused(intent)
    else ledger.done(intent, Number(body.metadata?.resourceVersion))
  }
  const step = (key: string): Promise<void> => {
    const path = `${configMaps}/${key}`
    const standing = ledger.standing(key)
    const chance = random()
    if (standing && chance < 0.15) return write({ key }, () => api.send('DELETE', path))
    const data = dataOf(++number)
    const intent = { key, number }
    if (!standing) return write(intent, () => api.send('POST', configMaps, { metadata: { name: key }, data }))
    if (chance < 0.3) return write(intent, () => api.send('PATCH', path, { data }, 'application/merge-patch+json'))
    const metadata = { name: key, resourceVersion: `${standing.revision}` }
    return write(intent, () => api.send('PUT', path, { metadata, data }))
  }
  const writer = async (at: number): Promise<void> => {
    for (let turn = 0; ; turn++)
      try {
        await step(`w${at}-${turn % keysOfWriter}`)
      } catch {
        return
      }
  }

  for (let round = 1; round <= rounds; round++) {
    const writing = Promise.all(Array.from({ length: writers }, (_, at) => writer(at)))
    await sleep(50 + 1500 * random())
    await api.end()
    await writing
    const began = performance.now()
    await api.start()
    restartMs += performance.now() - began

    const list = (await api.send('GET', configMaps)).body as {
      metadata: { resourceVersion: string }
      items: readonly ConfigMap[]
    }
    const present = new Map<string, Standing>()
    for (const item of list.items)
      if (/^w\d/.test(item.metadata.name))
        present.set(item.metadata.name, { number: numberOf(item), revision: Number(item.metadata.resourceVersion) })
    ledger.settle(present)

    const sentinel = await api.send(round === 1 ? 'POST' : 'PUT', round === 1 ? configMaps : `${configMaps}/sentinel`, {
      metadata: { name: 'sentinel' },
      data: dataOf(++number),
    })
    const upTo = Number(sentinel.body.metadata.resourceVersion)
    assert.ok(upTo > Number(list.metadata.resourceVersion), 'revisions never go back')
    const [first, ...others] = await Promise.all(followers.map(follower => follower.heard(upTo)))
    for (const other of others) assert.deepEqual(other, first, 'all watchers were told the same')
    judge(first!, { after: checkpoint, answered: ledger.takeAnswered(), mirror, present })
    ;[events, checkpoint, mirror] = [events + first!.length, upTo, present]
    if (round % 10 === 0)
      tell(`${round} rounds: ${ledger.answers} writes answered, ${ledger.undecided} undecided, ${events} events`)
  }
  await Promise.all(followers.map(follower => follower.stop()))
  const { answers: answered, undecided, happened } = ledger
  return { rounds, answered, undecided, happened, events, restartMs: Math.round(restartMs / rounds) }
}

/** Every answered write was told, with its revision; no revision was told before; and what was told makes of what there was what there is. */
function judge(
  told: readonly string[],
  round: {
    readonly after: number
    readonly answered: readonly { readonly key: string; readonly number: number; readonly revision: number }[]
    readonly mirror: ReadonlyMap<string, Standing>
    readonly present: ReadonlyMap<string, Standing>
  },
): void {
  const mirror = new Map(round.mirror)
  const written = new Set<string>()
  for (const event of told) {
    const [type, key, number, revision] = event.split(' ') as [string, string, string, string]
    assert.ok(Number(revision) > round.after, `${event} has a revision that was given out before`)
    if (type === 'DELETED') mirror.delete(key)
    else if (key !== 'sentinel') mirror.set(key, { number: Number(number), revision: Number(revision) })
    if (type !== 'DELETED') written.add(`${key} ${number} ${revision}`)
  }
  for (const { key, number, revision } of round.answered)
    assert.ok(
      written.has(`${key} ${number} ${revision}`),
      `nobody was told of the answered write ${number} of ${key} at ${revision}`,
    )
  assert.deepEqual(new Map([...mirror].sort()), new Map([...round.present].sort()), 'what was told leads to what there is')
}

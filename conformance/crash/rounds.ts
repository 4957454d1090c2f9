import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../eventually.ts'
import type { Answer, Api, ConfigMap } from './api.ts'
import { Follower } from './follower.ts'
import { type Intent, Ledger, type Standing } from './ledger.ts'
import type { Load, Trouble } from './trouble.ts'
import { configMaps, dataOf, numberOf, seeded } from './values.ts'

export interface Rounds {
  readonly rounds: number
  readonly seed: number
  /** What befalls them, one after the other and again. */
  readonly troubles: readonly Trouble[]
  readonly writers?: number
  readonly watchers?: number
  readonly tell?: (line: string) => void
}

export interface Figures {
  readonly rounds: number
  readonly answered: number
  /** Writes that were answered with 503 or 504. */
  readonly hindered: number
  readonly undecided: number
  /** Of the undecided, how many had happened all the same. */
  readonly happened: number
  readonly events: number
  /** How long the slowest write took. */
  readonly slowestMs: number
}

const keysOfWriter = 8

/**
 * Round after round: many write and watch over HTTP, each request and each watch at any of the API servers; trouble comes and goes;
 * then every answered write must be there with its revision, nothing half there, no revision given out again, and every watcher
 * that took up its watch must have been told the same, each event once and in order.
 */
export async function crashRounds(
  apis: readonly Api[],
  { rounds, seed, troubles, writers = 16, watchers = 8, tell = () => {} }: Rounds,
): Promise<Figures> {
  const random = seeded(seed)
  const any = (): Api => apis[Math.floor(random() * apis.length)]!
  const ledger = new Ledger()
  let [number, events, hindered, slowestMs] = [0, 0, 0, 0]

  const write = async (intent: Intent, send: () => Promise<Answer>): Promise<void> => {
    ledger.ask(intent)
    const began = performance.now()
    const answer = await send().catch((error: NodeJS.ErrnoException) => error)
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - began))
    if (answer instanceof Error) {
      // Where nobody listens nothing was asked.
      if (answer.code === 'ECONNREFUSED') ledger.refused(intent)
      await sleep(10)
      return
    }
    const { code, body } = answer
    if (code < 300) return ledger.done(intent, Number(body.metadata?.resourceVersion))
    assert.ok(code === 503 || code === 504, `${intent.key}: ${code} ${body.message}`)
    hindered++
    if (code === 503) ledger.refused(intent)
  }
  const step = (key: string): Promise<void> => {
    const [api, path, standing, chance] = [any(), `${configMaps}/${key}`, ledger.standing(key), random()]
    if (standing && chance < 0.15) return write({ key }, () => api.send('DELETE', path))
    const data = dataOf(++number)
    const intent = { key, number }
    if (!standing) return write(intent, () => api.send('POST', configMaps, { metadata: { name: key }, data }))
    if (chance < 0.3) return write(intent, () => api.send('PATCH', path, { data }, 'application/merge-patch+json'))
    const metadata = { name: key, resourceVersion: `${standing.revision}` }
    return write(intent, () => api.send('PUT', path, { metadata, data }))
  }
  /** Lets all write until the trouble is over. */
  const suffer = async ({ befall }: Trouble): Promise<void> => {
    let isOver = false
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds() && !isOver) await sleep(5)
    }
    const load: Load = {
      answered: (more, wanted = ledger.answers + more) => until(() => ledger.answers >= wanted),
      hindered: (more, wanted = hindered + more) => until(() => hindered >= wanted),
      end: () => void (isOver = true),
    }
    const writer = async (at: number): Promise<void> => {
      for (let turn = 0; !isOver; turn++) {
        const key = `w${at}-${turn % keysOfWriter}`
        await (ledger.isOpen(key) ? sleep(1) : step(key))
      }
    }
    const writing = Array.from({ length: writers }, (_, at) => writer(at).finally(load.end))
    await Promise.all([befall(load).finally(load.end), ...writing])
  }

  const sentinel = { metadata: { name: 'sentinel' }, data: dataOf(0) }
  let checkpoint = Number((await apis[0]!.send('POST', configMaps, sentinel)).body.metadata.resourceVersion)
  let mirror = new Map<string, Standing>()
  let turn = 0
  const next = (): Api => apis[turn++ % apis.length]!
  const followers = Array.from({ length: watchers }, (_, at) => new Follower(next, checkpoint, at < 2 ? 3 * at + 1 : 0))
  for (let round = 1; round <= rounds; round++) {
    const trouble = troubles[(round - 1) % troubles.length]!
    await suffer(trouble)
    const list = await answered<List>(() => any().send('GET', configMaps))
    const at = Number(list.metadata.resourceVersion)
    const present = new Map<string, Standing>()
    for (const item of list.items)
      if (/^w\d/.test(item.metadata.name))
        present.set(item.metadata.name, { number: numberOf(item), revision: Number(item.metadata.resourceVersion) })
    ledger.settle(present)

    const last = await answered<ConfigMap>(() =>
      any().send('PUT', `${configMaps}/sentinel`, { ...sentinel, data: dataOf(round) }),
    )
    const upTo = Number(last.metadata.resourceVersion)
    assert.ok(upTo > at, 'revisions never go back')
    const [first, ...others] = await Promise.all(followers.map(follower => follower.heard(upTo)))
    for (const other of others) assert.deepEqual(other, first, 'all watchers were told the same')
    mirror = judge(first!, { after: checkpoint, at, answered: ledger.takeAnswered(), mirror, present })
    ;[events, checkpoint] = [events + first!.length, upTo]
    tell(`${round}: ${trouble.name}: ${ledger.answers} writes answered, ${ledger.undecided} undecided, ${events} events`)
  }
  await Promise.all(followers.map(follower => follower.stop()))
  const { answers, undecided, happened } = ledger
  return { rounds, answered: answers, hindered, undecided, happened, events, slowestMs }
}

interface List {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly ConfigMap[]
}

/** Asks until it is answered as wanted: all is well again, but perhaps not everybody has heard. */
const answered = <T>(ask: () => Promise<Answer>): Promise<T> =>
  eventually(async () => {
    const { code, body } = await ask()
    assert.equal(code, 200, body.message)
    return body as T
  })

/**
 * Every answered write was told, with its revision; no revision was told before; and what was told makes of what there was what there
 * is. Gives what it all makes: also of what happened after that was read.
 */
function judge(
  told: readonly string[],
  round: {
    readonly after: number
    /** The revision at which `present` was read. */
    readonly at: number
    readonly answered: readonly { readonly key: string; readonly number: number; readonly revision: number }[]
    readonly mirror: ReadonlyMap<string, Standing>
    readonly present: ReadonlyMap<string, Standing>
  },
): Map<string, Standing> {
  const mirror = new Map(round.mirror)
  const written = new Set<string>()
  const asPresent = (): void =>
    assert.deepEqual(new Map([...mirror].sort()), new Map([...round.present].sort()), 'what was told leads to what there is')
  let isLater = false
  for (const event of told) {
    const [type, key, number, revision] = event.split(' ') as [string, string, string, string]
    assert.ok(Number(revision) > round.after, `${event} has a revision that was given out before`)
    if (!isLater && Number(revision) > round.at) {
      asPresent()
      isLater = true
    }
    if (type === 'DELETED') mirror.delete(key)
    else if (key !== 'sentinel') mirror.set(key, { number: Number(number), revision: Number(revision) })
    if (type !== 'DELETED') written.add(`${key} ${number} ${revision}`)
  }
  for (const { key, number, revision } of round.answered)
    assert.ok(
      written.has(`${key} ${number} ${revision}`),
      `nobody was told of the answered write ${number} of ${key} at ${revision}`,
    )
  return mirror
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Api, ConfigMap } from '../crash/api.ts'
import { configMaps, dataOf, numberOf, seeded } from '../crash/values.ts'
import { isLinearizable, type Operation } from './checker.ts'

/** An object as it stands: the write it comes from, and its revision where somebody was told; null: there is none. */
type State = { readonly number: number; readonly revision: number | undefined } | null

const text = (state: State): string => (state ? `${state.number}@${state.revision}` : '-')

/** What was seen of a key; nothing where nobody answered. */
type Seen = ConfigMap | null | undefined

/** The state that an answer shows, if it may be this one. */
function shown(state: State, seen: ConfigMap | null): State | undefined {
  if (!seen || !state) return seen === null && state === null ? null : undefined
  const [number, revision] = [numberOf(seen), Number(seen.metadata.resourceVersion)]
  const isIt = state.number === number && (state.revision === undefined || state.revision === revision)
  return isIt ? { number, revision } : undefined
}

export interface Clients {
  readonly seed: number
  readonly clients: number
  readonly keys: number
  readonly seconds: number
}

/** What clients asked and were told, by key. */
export type Histories = ReadonlyMap<string, readonly Operation<State>[]>

/** Lets many clients create, read, update, delete and list the same few objects through several API servers. */
export async function ask(apis: readonly Api[], { seed, clients, keys, seconds }: Clients): Promise<Histories> {
  const random = seeded(seed)
  const names = Array.from({ length: keys }, (_, at) => `linear-${seed}-${at}`)
  const histories = new Map<string, Operation<State>[]>(names.map(name => [name, []]))
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const end = performance.now() + 1000 * seconds
  let count = 0

  /** Sends, and writes down how the answer, or its absence, constrains the states of a key. */
  const record = async (
    send: () => Promise<Answer>,
    told: (answer: Answer | undefined) => Iterable<readonly [string, Operation<State>['apply']]>,
  ): Promise<Answer | undefined> => {
    const invoked = performance.now()
    const sent = await send().catch((error: NodeJS.ErrnoException) => error)
    if (sent instanceof Error) {
      await sleep(50)
      // Where nobody listens nothing was asked. (Thousands that may have happened or not are more than anyone can search through.)
      if (sent.code === 'ECONNREFUSED') return undefined
    }
    const answer = !(sent instanceof Error) && sent.code < 500 ? sent : undefined
    const returned = answer ? performance.now() : Number.POSITIVE_INFINITY
    for (const [name, apply] of told(answer)) histories.get(name)!.push({ invoked, returned, apply })
    return answer
  }
  const read = async (api: Api, name: string): Promise<Seen> => {
    const seen = (answer: Answer): Seen => (answer.code === 404 ? null : answer.body)
    const answer = await record(
      () => api.send('GET', `${configMaps}/${name}`),
      answer => (answer ? [[name, state => shown(state, seen(answer)!)]] : []),
    )
    return answer && seen(answer)
  }
  const list = (api: Api): Promise<unknown> =>
    record(
      () => api.send('GET', configMaps),
      answer => {
        if (!answer) return []
        const items = new Map<string, ConfigMap>(answer.body.items.map((item: ConfigMap) => [item.metadata.name, item]))
        return names.map(name => [name, (state: State) => shown(state, items.get(name) ?? null)] as const)
      },
    )
  const create = (api: Api, name: string): Promise<unknown> => {
    const number = ++count
    return record(
      () => api.send('POST', configMaps, { metadata: { name }, data: dataOf(number) }),
      answer => [
        [
          name,
          state =>
            answer?.code === 409
              ? (state ?? undefined)
              : state
                ? answer
                  ? undefined
                  : state
                : { number, revision: answer && Number(answer.body.metadata.resourceVersion) },
        ],
      ],
    )
  }
  const update = (api: Api, name: string, before: ConfigMap): Promise<unknown> => {
    const [number, from] = [++count, Number(before.metadata.resourceVersion)]
    const metadata = { name, resourceVersion: before.metadata.resourceVersion }
    return record(
      () => api.send('PUT', `${configMaps}/${name}`, { metadata, data: dataOf(number) }),
      answer => {
        const fits = (state: State): boolean => state !== null && (state.revision === undefined || state.revision === from)
        const refused = answer && answer.code !== 200
        const done = { number, revision: answer && Number(answer.body.metadata?.resourceVersion) }
        return [
          [
            name,
            state =>
              refused
                ? state === null || state.revision !== from
                  ? state
                  : undefined
                : fits(state)
                  ? done
                  : answer
                    ? undefined
                    : state,
          ],
        ]
      },
    )
  }
  const remove = (api: Api, name: string): Promise<unknown> =>
    record(
      () => api.send('DELETE', `${configMaps}/${name}`),
      answer => [
        [
          name,
          state => (answer?.code === 404 ? (state === null ? null : undefined) : answer && state === null ? undefined : null),
        ],
      ],
    )

  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const [api, name, chance] = [pick(apis), pick(names), random()]
      if (chance < 0.1) await list(api)
      else if (chance < 0.2) await remove(api, name)
      else if (chance < 0.4) await create(api, name)
      else {
        const seen = await read(api, name)
        if (seen && chance < 0.8) await update(pick(apis), name, seen)
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return histories
}

/** The keys whose history no order explains. */
export const unexplained = (histories: Histories): string[] =>
  [...histories].filter(([, history]) => !isLinearizable(history, null, text)).map(([name]) => name)

import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { Follower } from './follower.ts'
import { configMaps, dataOf, seeded } from './values.ts'

/** What an API server takes at a moment. */
export interface Sample {
  readonly second: number
  readonly memoryMiB: number
  readonly diskMiB: number
  readonly writes: number
}

const objects = 200

/** Lets clients create, change, read, list, watch and delete for so long, and measures on the way. Throws where a watcher was told something twice or not at all. */
export async function soak(
  api: Api,
  { seconds, seed, clients = 8, everySeconds = 15 }: { seconds: number; seed: number; clients?: number; everySeconds?: number },
  tell: (sample: Sample) => void,
): Promise<readonly Sample[]> {
  const random = seeded(seed)
  const end = performance.now() + seconds * 1000
  const from = Number((await api.send('GET', configMaps)).body.metadata.resourceVersion)
  const followers = Array.from({ length: 4 }, (_, at) => new Follower(() => api, from, at))
  let [writes, newest] = [0, from]
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const name = `soak-${Math.floor(random() * objects)}`
      const chance = random()
      if (chance < 0.2) await api.send('GET', `${configMaps}/${name}`)
      else if (chance < 0.22) await api.send('GET', `${configMaps}?limit=50`)
      else {
        const data = dataOf(++writes)
        const { code, body } =
          chance < 0.3
            ? await api.send('DELETE', `${configMaps}/${name}`)
            : chance < 0.6
              ? await api.send('POST', configMaps, { metadata: { name }, data })
              : await api.send('PATCH', `${configMaps}/${name}`, { data }, 'application/merge-patch+json')
        if (code < 300) newest = Math.max(newest, Number(body.metadata?.resourceVersion) || 0)
      }
    }
  }
  const samples: Sample[] = []
  const measure = async (): Promise<void> => {
    const begun = performance.now()
    while (performance.now() < end) {
      await sleep(everySeconds * 1000)
      const status = await readFile(`/proc/${api.pid}/status`, 'utf8')
      const memoryMiB = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024)
      const { blocks } = await stat(join(api.data, 'storage', 'data.mdb'))
      const sample = {
        second: Math.round((performance.now() - begun) / 1000),
        memoryMiB,
        diskMiB: Math.round(blocks / 2048),
        writes,
      }
      samples.push(sample)
      tell(sample)
    }
  }
  await Promise.all([...Array.from({ length: clients }, client), measure()])
  const [first, ...others] = await Promise.all(followers.map(follower => follower.heard(newest)))
  const upTo = Math.min(...[first!, ...others].map(each => each.length))
  for (const other of others)
    for (let at = 0; at < upTo; at++)
      if (other[at] !== first![at]) throw new Error(`told ${other[at]}, and elsewhere ${first![at]}`)
  await Promise.all(followers.map(follower => follower.stop()))
  return samples
}

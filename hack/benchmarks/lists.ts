import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark } from './benchmark.ts'
import { Clients } from './clients.ts'
import { fetch, type Target } from './load/fetch.ts'
import { fill } from './objects.ts'
import { Ground } from './processes.ts'

const count = 10_000
const path = '/api/v1/namespaces/default/pods'
const json = 'application/json'

const asked = [
  { name: 'whole', query: '', accept: json },
  { name: 'in pages of 500', query: '?limit=500', accept: json },
  { name: 'a tenth, by label', query: '?labelSelector=of%3Dten-1', accept: json },
  { name: 'whole, as Table', query: '', accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  { name: 'whole, in protobuf', query: '', accept: 'application/vnd.kubernetes.protobuf' },
]

/** Lists of 10,000 pods of 2 KiB. The floor sends the same bytes. */
export const lists: Benchmark = {
  name: 'lists',
  async *run({ rounds, signal }) {
    await using ground = await Ground.make({ signal })
    await fill(join(ground.directory, 'cluster'), 'pods', count)
    const cluster = await ground.cluster('cluster', ['--nodes', '0', '--without', 'scheduler,controller-manager'])
    const floor = await ground.floor(cluster.data)
    const clients = new Clients(ground)
    await mkdir(join(ground.directory, 'files'))
    for (const { name, query, accept } of asked) {
      const title = `list ${count} pods, ${name}`
      const pages = await pagesOf(cluster.target, path + query, accept)
      if (!pages) {
        yield { name: title, missing: `${accept} is not served yet` }
        continue
      }
      const files = pages.map((_, at) => `${name.replace(/\W/g, '-')}-${at}`)
      await Promise.all(files.map((file, at) => writeFile(join(ground.directory, 'files', file), pages[at]!.bytes)))
      const here = { target: cluster.target, paths: pages.map(page => page.path), accept }
      const least = { target: floor.target, paths: files.map(file => `/file/${file}`), accept }
      const times: { here: number[]; floor: number[] } = { here: [], floor: [] }
      for (let round = -1; round < rounds; round++) {
        const { ms: floorMs } = await clients.do('download', least)
        const { ms } = await clients.do('download', here)
        if (round < 0) continue
        times.here.push(ms)
        times.floor.push(floorMs)
      }
      yield { name: title, unit: 'ms', better: 'less', rounds: times.here, floor: times.floor, goal: { ratio: 0.5 } }
    }
  },
}

/** Every page of a list, with the path that gives it again; undefined if the server does not speak that. */
async function pagesOf(target: Target, first: string, accept: string): Promise<{ path: string; bytes: Buffer }[] | undefined> {
  const pages: { path: string; bytes: Buffer }[] = []
  for (let next: string | undefined = first; next; ) {
    const { code, type, bytes } = await fetch(target, next, { headers: { accept } })
    if (code === 406 || !type.startsWith(accept.split(';')[0]!)) return undefined
    if (code !== 200) throw new Error(`GET ${next}: ${code} ${bytes.toString().slice(0, 300)}`)
    pages.push({ path: next, bytes })
    const token: string | undefined = /"continue":"([^"]+)"/.exec(bytes.toString('utf8', 0, 1000))?.[1]
    next = token && `${first}&continue=${encodeURIComponent(token)}`
  }
  return pages
}

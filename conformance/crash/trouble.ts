import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EtcdCluster, type EtcdMember, nftProblem } from '../../hack/etcd.ts'
import type { Api } from './api.ts'
import { configMaps } from './values.ts'

/** Those who write while trouble befalls them. */
export interface Load {
  /** Waits until so many more writes have been answered. */
  answered(more: number): Promise<void>
  /** Waits until so many more writes have been answered with 503 or 504. */
  hindered(more: number): Promise<void>
  /** Nothing more is written than what is under way. */
  end(): void
}

/** Something that befalls a cluster; when it has resolved, all is well again. */
export interface Trouble {
  readonly name: string
  befall(load: Load): Promise<void>
}

/** The one API server is killed at a random moment, and started again. */
export const killing = (api: Api, random: () => number): Trouble => ({
  name: 'the API server is killed',
  async befall(load) {
    await sleep(50 + 1500 * random())
    load.end()
    await api.end()
    await api.start()
  },
})

/** How many writes must be answered while all is not well, and again when it is. */
const some = 40

/** What can befall several API servers over an etcd of three members. In all of it but one, writes go on. */
export function etcdTroubles(etcd: EtcdCluster, apis: readonly Api[], random: () => number): readonly Trouble[] {
  const any = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const trouble = (name: string, begin: (load: Load) => Promise<() => void | Promise<void>>): Trouble => ({
    name,
    async befall(load) {
      const mend = await begin(load)
      await mend()
      await etcd.healthy()
      await load.answered(some)
    },
  })
  const leader = (name: string, signal: NodeJS.Signals, mend: (member: EtcdMember) => void) =>
    trouble(name, async load => {
      const member = await etcd.leader()
      await member.signal(signal)
      await load.answered(some)
      return () => mend(member)
    })
  const troubles = [
    leader('the leader is killed', 'SIGKILL', member => member.start()),
    leader('the leader hangs', 'SIGSTOP', member => void member.signal('SIGCONT')),
    trouble('a member is stopped', async load => {
      const member = any(etcd.members)
      await member.signal('SIGTERM')
      await load.answered(some)
      return () => member.start()
    }),
    trouble('quorum is lost', async load => {
      const [first, second] = etcd.members
      await Promise.all([first!.signal('SIGKILL'), second!.signal('SIGKILL')])
      const [{ code }] = await Promise.all([any(apis).send('GET', `${configMaps}/sentinel`), load.hindered(apis.length)])
      assert.ok(code === 503 || code === 504, `a read without a quorum was answered with ${code}`)
      return () => {
        for (const member of [first!, second!]) member.start()
      }
    }),
    trouble('an API server is killed', async load => {
      const api = any(apis)
      await api.end()
      await load.answered(some)
      return () => api.start()
    }),
  ]
  if (nftProblem()) return troubles
  const cutOff = trouble('the leader is cut off from the others', async load => {
    const mend = etcd.cutOff(await etcd.leader())
    await load.answered(some)
    return mend
  })
  return [...troubles, cutOff]
}

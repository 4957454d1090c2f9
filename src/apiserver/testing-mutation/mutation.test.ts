import assert from 'node:assert/strict'
import { Agent } from 'node:https'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startTestServer, type TestServer } from '#apiserver/testing.ts'
import { openFacts } from '#cluster/facts.ts'
import { type Clock, realClock } from '#machinery/clock.ts'
import { seeds } from './good.ts'
import { seeded } from './random.ts'
import { longestMs, send } from './send.ts'
import { type Wish, wishes } from './wish.ts'

/** `hack/fuzz` sends more, and others each time. */
const requests = Number(process.env.PINNACE_MUTATIONS ?? 3000)
const seed = Number(process.env.PINNACE_SEED ?? 20_260_101)
const abreast = 50
/** What the heap may grow by, from a quarter of the requests to the last: what is stored, and the past that watchers may ask for. */
const growthMiB = 48

/** A clock on which the patience of requests is over soon; what the server does every few minutes takes its time. */
const hasty: Clock = {
  now: () => realClock.now(),
  sleep: (ms, signal) => realClock.sleep(ms < 60_000 ? ms / 100 : ms, signal),
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapMiB = (): number => {
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

describe('mutated requests', function () {
  this.timeout(0)
  let api: TestServer
  const agent = new Agent({ keepAlive: true, maxSockets: abreast })
  before(async () => {
    api = await startTestServer({ clock: hasty })
    await sow()
  })
  after(async () => {
    agent.destroy()
    await api.stop()
  })

  /** Makes what is not there, so that there is always something to be changed. */
  const sow = async (): Promise<void> => {
    for (const [collection, object] of seeds) {
      const { code, text } = await api.admin('POST', collection, object)
      assert.ok(code === 201 || code === 409, text)
    }
  }
  const everything = { start: '/', end: '0' }
  const revision = async (): Promise<number> => (await api.storage.read(everything, { limit: 1 })).revision
  const writtenSince = async (was: number): Promise<string> => {
    for await (const { events } of api.storage.watch(everything, was, AbortSignal.timeout(longestMs)))
      if (events.length > 0) return events.map(({ key, value }) => `${key} was ${value ? 'put' : 'deleted'}`).join(', ')
    return 'nothing was written'
  }
  const shown = ({ body, ...wish }: Wish): string => `${JSON.stringify(wish)} ${body?.toString('latin1').slice(0, 2000)}`

  it(`are answered, ${requests} of them by the seed ${seed}: never with a 500; what is refused, or dry, is not stored; memory stays flat`, async () => {
    const random = seeded(seed)
    const wish = wishes(random, openFacts())
    const codes = new Map<number | undefined, number>()
    const bad: string[] = []
    let before = 0
    for (let sent = 0; sent < requests; sent += abreast) {
      if (before === 0 && sent >= requests / 4) before = heapMiB()
      const dry = random.chance(0.8)
      const batch = Array.from({ length: Math.min(abreast, requests - sent) }, () => wish(dry))
      const was = await revision()
      const ends = await Promise.all(
        batch.map(each => send(api, agent, each).catch((error: Error) => assert.fail(`${error.message}: ${shown(each)}`))),
      )
      for (const [n, { code, text }] of ends.entries()) {
        codes.set(code, (codes.get(code) ?? 0) + 1)
        // 503: what is behind a proxy, or a kubelet, that is not there; 504: a revision to come.
        if (code !== undefined && code >= 500 && code !== 503 && code !== 504)
          bad.push(`${code} ${text.slice(0, 500)}: ${shown(batch[n]!)}`)
      }
      if ((dry || ends.every(({ code }) => code === undefined || code >= 400)) && (await revision()) !== was)
        assert.fail(`${await writtenSince(was)} by one of\n${batch.map(shown).join('\n')}`)
      if (!dry) await sow()
    }
    assert.deepEqual(bad, [], `${bad.length} of ${requests}`)
    assert.equal((await api.admin('GET', '/readyz')).text, 'ok')
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    const after = heapMiB()
    const counted = Array.from(codes, ([code, count]) => `${code ?? 'hung up'} ${count}`).sort()
    console.log(`      ${counted.join(', ')}; heap ${before.toFixed(0)} → ${after.toFixed(0)} MiB`)
    assert.ok(after - before < growthMiB, `the heap grew from ${before} to ${after} MiB`)
  })
})

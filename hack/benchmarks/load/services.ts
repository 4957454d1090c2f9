import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { fill } from '../objects.ts'
import { Ground } from '../processes.ts'
import { must } from './fetch.ts'

export interface Programmed {
  /** From the proxy's start to the whole table, ms. */
  readonly firstMs: number
  /** From sending a changed EndpointSlice to the new rule in the kernel, ms. */
  readonly changeMs: readonly number[]
  /** What `nft` takes for the same rule alone, ms. */
  readonly floorMs: readonly number[]
}

const run = promisify(execFile)

/** Runs a cluster and its proxy in the network that this process has for itself, and changes one Service after the other. */
export async function programServices(asked: { readonly services: number; readonly rounds: number }): Promise<Programmed> {
  const { services, rounds } = asked
  await run('ip', ['link', 'set', 'lo', 'up'])
  // What the proxy would clean up ends with its network.
  await using ground = await Ground.make({ patienceMs: 1_000 })
  const data = join(ground.directory, 'cluster')
  await fill(data, 'services/specs', services)
  await fill(data, 'endpointslices', services)
  const { target } = await ground.cluster('cluster', ['--nodes', '0', '--without', 'scheduler,controller-manager'])
  const begun = performance.now()
  ground.command('proxy', '--kubeconfig', join(data, 'kubeconfig'), '--hostname-override', 'node-0')
  while ((await chains()) < services) await sleep(100)
  const firstMs = performance.now() - begun

  const monitor = new Monitor()
  try {
    await monitor.begun()
    await nft('add table ip floor; add chain ip floor one')
    const changeMs: number[] = []
    const floorMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const address = `10.245.1.${round + 1}`
      const body = [{ op: 'replace', path: '/endpoints/0/addresses/0', value: address }]
      const headers = { 'content-type': 'application/json-patch+json' }
      const path = `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/service-${round * 7}`
      const sent = performance.now()
      await must(target, path, { method: 'PATCH', body, headers })
      changeMs.push((await monitor.sees(address)) - sent)
      const least = performance.now()
      await nft(rule(`10.245.2.${round + 1}`))
      floorMs.push(performance.now() - least)
    }
    return { firstMs, changeMs, floorMs }
  } finally {
    await monitor.end()
  }
}

/** Tells when something appeared in the kernel's tables. */
class Monitor {
  readonly #child = spawn('stdbuf', ['-oL', 'nft', 'monitor'], { stdio: ['ignore', 'pipe', 'inherit'] })
  #said = ''
  #wake = (): void => {}

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', text => {
      this.#said += text
      this.#wake()
    })
  }

  /** Waits until it hears of what happens. It reads the whole table first, again whenever that changes: so the waits grow. */
  async begun(): Promise<void> {
    for (let waitMs = 100; !this.#said.includes('probe'); waitMs *= 2) {
      await nft(`add table ip probe${waitMs}`)
      await sleep(waitMs)
    }
  }

  async sees(text: string): Promise<number> {
    while (!this.#said.includes(text)) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#said = ''
    return performance.now()
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}

const rule = (address: string): string =>
  `flush chain ip floor one; add rule ip floor one meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : ${address} . 80, 1 : 10.244.1.1 . 80 }`

const nft = (command: string): Promise<unknown> => run('nft', [command])

/** How many Services the table holds. */
async function chains(): Promise<number> {
  const { stdout } = await run('nft', ['list', 'chains', 'ip'], { maxBuffer: 2 ** 28 })
  return stdout.match(/chain service-[0-9A-Z]/g)?.length ?? 0
}

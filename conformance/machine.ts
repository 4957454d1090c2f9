import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inHouse, Running, run } from './program.ts'

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

/** Why pods cannot run as containers on this machine; nothing if they can. Makes the images of the tests. */
export async function dockerProblem(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root'
  const there = await Promise.all(
    ['/opt/cni/bin/ptp', '/usr/lib/cni/ptp'].map(path =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  if (!there.includes(true)) return 'no CNI plugins'
  for (const command of [
    ['docker', 'version'],
    ['nft', 'list', 'tables'],
    ['curl', '--version'],
    [inHouse('hack/images')],
  ] as const) {
    const [program, ...args] = command
    const why = await run(program, args).then(
      ({ code, stderr }) => (code === 0 ? undefined : `${command.join(' ')}: ${stderr.trim()}`),
      (error: Error) => error.message,
    )
    if (why) return why
  }
  return undefined
}

/**
 * Waits until no other cluster with real pods runs on this machine, and holds others off until the function it gives is called:
 * two would share the addresses of pods and the nftables table. The lock goes with the process that holds it.
 */
export async function aloneOnThisMachine(): Promise<() => Promise<void>> {
  const holder = new Running('flock', ['--exclusive', join(tmpdir(), 'pinnace-conformance.lock'), 'sh', '-c', 'echo mine; cat'], {
    longestMs: 0,
  })
  const mine = new Promise<void>((resolve, reject) => {
    holder.child.stdout!.once('data', () => resolve())
    holder.ended.then(({ stderr }) => reject(new Error(`flock: ${stderr}`)), reject)
  })
  await mine
  return async () => {
    holder.child.stdin!.end()
    await holder.ended
  }
}

/** The engine's containers, running or not, whose label has this value, by id. */
export async function containersWith(label: string, value: string): Promise<string[]> {
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}=${value}`])
  return stdout.split('\n').filter(Boolean)
}

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'

/*
 * What the host must let through for a node's pods, besides their own interfaces: packets are forwarded, and what goes out
 * into the world carries the host's address. One table and two rules a node, however many pods there are.
 */

/** Makes it so; it may be so already. `clusterCidr` are the addresses to which pods speak with their own. */
export async function allow(podCidr: string, clusterCidr: string): Promise<void> {
  const forward = '/proc/sys/net/ipv4/ip_forward'
  if ((await readFile(forward, 'utf8')).trim() !== '1') await writeFile(forward, '1')
  await nft(`
    add table ip ${table(podCidr)}
    delete table ip ${table(podCidr)}
    table ip ${table(podCidr)} {
      chain postrouting {
        type nat hook postrouting priority srcnat;
        ip saddr ${podCidr} ip daddr != { ${clusterCidr}, 224.0.0.0/4 } masquerade
      }
    }`)
  // Docker makes DROP the policy of this chain, and only a rule of the chain itself can make an exception.
  for (const rule of rules(podCidr)) {
    const present = await iptables('-C', ...rule)
    if (!present) await iptables('-I', ...rule)
  }
}

/** Takes it back, but for packet forwarding as such. */
export async function disallow(podCidr: string): Promise<void> {
  await nft(`add table ip ${table(podCidr)}; delete table ip ${table(podCidr)}`)
  for (const rule of rules(podCidr)) await iptables('-D', ...rule)
}

const table = (podCidr: string): string => `pinnace-pods-${podCidr.replaceAll(/[./]/g, '-')}`

const rules = (podCidr: string): string[][] =>
  ['-s', '-d'].map(side => ['FORWARD', side, podCidr, '-m', 'comment', '--comment', 'pinnace pods', '-j', 'ACCEPT'])

const nft = (script: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = execFile('nft', ['-f', '-'], (error, _, said) =>
      error ? reject(new Error(`nft: ${said || error.message}`)) : resolve(),
    )
    child.stdin?.once('error', () => {}).end(script)
  })

/** Whether it did what it was told. Where there is no iptables, nobody can have made DROP the policy with it. */
const iptables = (...args: string[]): Promise<boolean> =>
  new Promise(resolve => {
    execFile('iptables', ['-w', ...args], error => resolve(!error))
  })

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, ownCluster } from './cluster.ts'
import { eventually } from './eventually.ts'
import { freePort } from './machine.ts'
import { inHouse, Running } from './program.ts'

describe('a kubelet that joins', function () {
  this.timeout(180_000)
  const undo: (() => Promise<unknown>)[] = []
  let cluster: Cluster

  before(async function () {
    cluster = await ownCluster.call(this, { runtime: 'simulated' }, undo as (() => Promise<void>)[])
    await cluster.up()
  })
  after(async () => {
    for (const step of undo.reverse()) await step()
  })

  it('gets its certificate for a bootstrap token, and its node becomes Ready', async () => {
    const { kubectl, data } = cluster
    const at = (name: string): string => join(data, name)
    await kubectl.ok(
      'create secret generic bootstrap-token-abcdef -n kube-system --type=bootstrap.kubernetes.io/token --from-literal=token-id=abcdef --from-literal=token-secret=0123456789abcdef --from-literal=usage-bootstrap-authentication=true',
    )
    for (const role of ['node-bootstrapper', 'certificates.k8s.io:certificatesigningrequests:nodeclient'])
      await kubectl.ok(
        `create clusterrolebinding ${role.split(':').at(-1)} --clusterrole=system:${role} --group=system:bootstrappers`,
      )
    const config = `--kubeconfig=${at('bootstrap')}`
    await writeFile(at('ca.crt'), await readFile(at('pki/ca.crt')))
    await kubectl.ok(
      `config set-cluster c --server=https://127.0.0.1:${cluster.port} --certificate-authority=${at('ca.crt')} ${config}`,
    )
    await kubectl.ok(`config set-credentials u --token=abcdef.0123456789abcdef ${config}`)
    await kubectl.ok(`config set-context x --cluster=c --user=u ${config}`)
    await kubectl.ok(`config use-context x ${config}`)

    const kubelet = new Running(
      inHouse('hack/pinnace'),
      [
        ...['kubelet', '--runtime', 'simulated', '--hostname-override', 'joiner', '--pod-cidr', '10.244.9.0/24'],
        ...['--bootstrap-kubeconfig', at('bootstrap'), '--kubeconfig', at('joiner/kubeconfig'), '--root-dir', at('joiner')],
        ...['--tls-cert-file', at('pki/kubelet.crt'), '--tls-private-key-file', at('pki/kubelet.key')],
        ...['--client-ca-file', at('ca.crt'), '--port', `${await freePort()}`],
      ],
      { longestMs: 0 },
    )
    undo.push(() => kubelet.stop())
    await eventually(() => kubectl.ok('wait node/joiner --for=condition=Ready --timeout=5s'), 90_000).catch((error: Error) => {
      throw new Error(`${error.message}\n${kubelet.stdout}${kubelet.stderr}`)
    })
    assert.match(
      await kubectl.ok('get csr'),
      /^csr-\w+ +\S+ +kubernetes\.io\/kube-apiserver-client-kubelet +system:bootstrap:abcdef +<none> +Approved,Issued$/m,
    )
    await kubectl.ok([...['run', 'guest', '--image=registry.k8s.io/pause:3.10', '--overrides', '{"spec":{"nodeName":"joiner"}}']])
    await kubectl.ok('wait pod/guest --for=condition=Ready --timeout=60s')
    await kubelet.stop()
  })

  it('renews what it comes with and what it shows while it runs, and is believed only by what it shows', async () => {
    const { kubectl, data } = cluster
    const at = (name: string): string => join(data, name)
    await cluster.down()
    const again = await cluster.tryUp(
      ...['--without', 'controller-manager,kubelet', '--kubelet-certificate-authority', at('ca.crt')],
    )
    assert.equal(again.code, 0, again.stderr)
    const start = (...args: string[]): void => {
      const running = new Running(inHouse('hack/pinnace'), args, { longestMs: 0 })
      undo.push(() => running.stop())
    }
    start(
      ...['controller-manager', '--kubeconfig', at('kubeconfig'), '--leader-elect', 'false'],
      ...['--cluster-signing-cert-file', at('pki/ca.crt'), '--cluster-signing-key-file', at('pki/ca.key')],
      ...['--cluster-signing-duration', '45s'],
    )
    await kubectl.ok(
      'create clusterrolebinding self --clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient --group=system:nodes',
    )
    start(
      ...['kubelet', '--runtime', 'simulated', '--hostname-override', 'renewer', '--pod-cidr', '10.244.8.0/24'],
      ...['--bootstrap-kubeconfig', at('bootstrap'), '--kubeconfig', at('renewer/kubeconfig'), '--root-dir', at('renewer')],
      ...['--rotate-server-certificates', '--cert-dir', at('renewer/pki'), '--client-ca-file', at('ca.crt')],
      ...['--port', `${await freePort()}`],
    )
    await eventually(() => kubectl.ok('wait node/renewer --for=condition=Ready --timeout=5s'), 90_000)
    await kubectl.ok([...['run', 'host', '--image=registry.k8s.io/pause:3.10', '--overrides', '{"spec":{"nodeName":"renewer"}}']])
    await kubectl.ok('wait pod/host --for=condition=Ready --timeout=60s')
    assert.match((await kubectl.run('logs host')).stderr, /remote error: tls: handshake failure/)

    const requests = async (signer: string): Promise<string[]> =>
      (await kubectl.ok('get csr --no-headers')).split('\n').filter(line => line.includes(` kubernetes.io/${signer} `))
    const approve = async (): Promise<void> => {
      const waiting = (await requests('kubelet-serving')).filter(line => line.endsWith(' Pending'))
      for (const line of waiting) await kubectl.ok(`certificate approve ${line.split(' ')[0]}`)
    }
    await eventually(async () => {
      await approve()
      await kubectl.ok('logs host')
    }, 60_000)
    await eventually(async () => {
      await approve()
      const own = (await requests('kube-apiserver-client-kubelet')).filter(line => line.includes(' system:node:renewer '))
      assert.ok(own.some(line => line.endsWith(' Approved,Issued')))
      const served = (await requests('kubelet-serving')).filter(line => line.endsWith(' Approved,Issued'))
      assert.ok(served.length > 1)
    }, 90_000)
    // The first certificates have ended by now.
    await new Promise(resolve => setTimeout(resolve, 20_000))
    await approve()
    await kubectl.ok('wait node/renewer --for=condition=Ready --timeout=5s')
    await kubectl.ok('logs host')
  })
})

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { ConfigMap, type Container, Pod } from '#api/core/v1.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { DockerRuntime } from './docker/docker.ts'
import { cniNetwork } from './network/network.ts'
import { hasKubectl, isReady, namespace, TestNode } from './testing-node.ts'

const image = 'pinnace-test/busybox:1'
const podCidr = `10.250.${process.pid % 256}.0/24`
const run = promisify(execFile)

const shell = (script: string, rest: Partial<Container> = {}): Container => ({
  name: 'app',
  image,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...rest,
})

describe('a kubelet with real containers (with a Docker Engine, CNI plugins, kubectl, and as root)', () => {
  let node: TestNode | undefined
  const runtimeIn = (directory: string): DockerRuntime => {
    const network = cniNetwork({ podCidr, clusterCidr: '10.240.0.0/12', directory: join(directory, 'network') })
    const owner = `kubelet-test-${process.pid}`
    return new DockerRuntime({ owner, network, directory: join(directory, 'sandboxes'), clock: realClock, log: silent })
  }

  before(async function () {
    this.timeout(30_000)
    const isHere = await run('docker', ['image', 'inspect', image]).then(
      () => process.getuid?.() === 0,
      () => false,
    )
    if (!isHere || !(await hasKubectl())) {
      console.log(`      skipped: no Docker Engine with ${image}, no kubectl, or not root`)
      this.skip()
    }
    node = await TestNode.start(runtimeIn)
  })
  after(async () => {
    if (!node) return
    await node.stopKubelet()
    await runtimeIn(node.directory).cleanup()
    await node.stop()
  })

  it('gives a container its variables, volumes, names and token', async () => {
    await node!.client.create(ConfigMap, { metadata: { namespace, name: 'settings' }, data: { color: 'blue' } })
    const script =
      'cat /etc/hosts /v/color /etc/resolv.conf; echo "$WHO $KUBERNETES_SERVICE_HOST"; ls /var/run/secrets/kubernetes.io/serviceaccount; echo last words > /dev/termination-log'
    await node!.create('all', {
      restartPolicy: 'Never',
      volumes: [{ name: 'v', configMap: { name: 'settings' } }],
      containers: [
        shell(script, {
          env: [{ name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        }),
      ],
    })
    const { status } = await node!.pod('all', ({ status: is }) => is?.phase === 'Succeeded')
    const { stdout } = await node!.kubectl(['logs', 'all'])
    for (const part of [
      /# Kubernetes-managed hosts file/,
      /\tall\n/,
      /blue/,
      /nameserver 10\.96\.0\.10/,
      /shop\.svc\.cluster\.local/,
      /all 10\.96\.0\.1/,
      /ca\.crt\nnamespace\ntoken/,
    ])
      assert.match(stdout, part)
    assert.equal(status?.containerStatuses?.[0]?.state?.terminated?.message, 'last words\n')
  }).timeout(20_000)

  it('probes it: ready when its server answers, restarted when its liveness fails', async () => {
    const script = 'mkdir /w; echo ok > /w/ok; touch /tmp/live; httpd -p 8080 -h /w; sleep 2; rm /tmp/live; sleep 1000'
    await node!.create('probed', {
      containers: [
        shell(script, {
          ports: [{ name: 'web', containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/ok', port: 'web' }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['cat', '/tmp/live'] }, periodSeconds: 1, failureThreshold: 1 },
        }),
      ],
    })
    await node!.pod('probed', isReady)
    await node!.pod('probed', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
    const messages = (await node!.events('probed')).map(({ message }) => message)
    assert.ok(
      messages.some(message => message?.startsWith("Liveness probe failed: cat: can't open '/tmp/live'")),
      messages.join('\n'),
    )
    assert.ok(messages.includes('Container app failed liveness probe, will be restarted'))
    await node!.delete('probed')
  }).timeout(30_000)

  it('does not restart its containers when the kubelet is restarted', async () => {
    await node!.create('stays', { containers: [shell('trap "exit 0" TERM; while true; do echo tick; sleep 0.2; done')] })
    const before = await node!.pod('stays', isReady)
    await node!.restart()
    await node!.create('after', { restartPolicy: 'Never', containers: [shell('true')] })
    await node!.pod('after', ({ status }) => status?.phase === 'Succeeded')
    assert.deepEqual((await node!.client.get(Pod, { namespace, name: 'stays' })).status, before.status)
  }).timeout(20_000)

  for (const webSockets of ['true', 'false']) {
    const way = webSockets === 'true' ? 'WebSocket' : 'SPDY'
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets, KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets }
    const exec = (stdin: boolean, script: string) =>
      spawn('kubectl', ['--kubeconfig', node!.kubeconfig, 'exec', ...(stdin ? ['-i'] : []), 'stays', '--', 'sh', '-c', script], {
        env: { ...process.env, ...env },
      })

    it(`gives kubectl exec over ${way}: output, errors and the exit code`, async () => {
      const child = exec(false, 'echo out; echo err >&2; exit 3')
      const [out, err, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise(resolve => child.once('exit', resolve)),
      ])
      assert.deepEqual([out, err.split('\n')[0], code], ['out\n', 'err', 3])
    }).timeout(10_000)

    it(`carries megabytes of input and output over ${way}`, async () => {
      const child = exec(true, 'cat')
      const bytes = 'x'.repeat(3_000_000)
      child.stdin.end(bytes)
      assert.equal((await text(child.stdout)).length, bytes.length)
    }).timeout(20_000)

    it(`attaches over ${way}`, async () => {
      const child = spawn('kubectl', ['--kubeconfig', node!.kubeconfig, 'attach', 'stays'], { env: { ...process.env, ...env } })
      for await (const chunk of child.stdout) {
        assert.match(String(chunk), /tick/)
        break
      }
      child.kill()
    }).timeout(10_000)

    it(`forwards ports over ${way}`, async () => {
      const name = `served-${webSockets}`
      await node!.create(name, {
        containers: [
          shell('mkdir /w; echo hello > /w/index.html; exec httpd -f -p 8080 -h /w', {
            readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          }),
        ],
      })
      await node!.pod(name, isReady)
      const child = spawn('kubectl', ['--kubeconfig', node!.kubeconfig, 'port-forward', `pod/${name}`, ':8080'], {
        env: { ...process.env, ...env },
      })
      try {
        // kubectl goes on writing to it, so that it must not be closed.
        const [said] = await once(child.stdout, 'data')
        const [, port] = /127\.0\.0\.1:(\d+)/.exec(String(said)) ?? []
        for (let nth = 0; nth < 3; nth++) assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'hello\n')
      } finally {
        child.kill()
      }
    }).timeout(20_000)
  }

  it('follows logs and keeps those of the attempt before', async () => {
    const follow = spawn('kubectl', ['--kubeconfig', node!.kubeconfig, 'logs', '-f', '--tail=1', 'stays'])
    let ticks = 0
    for await (const chunk of follow.stdout) if ((ticks += String(chunk).split('tick').length - 1) > 3) break
    follow.kill()
    await node!.create('twice', { containers: [shell('echo from $HOSTNAME; sleep 0.5; exit 1')] })
    await node!.pod('twice', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
    assert.match((await node!.kubectl(['logs', '--previous', 'twice'])).stdout, /from twice/)
  }).timeout(20_000)

  it('lets a preStop hook run, and ends the container within its grace', async () => {
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo stopping > /proc/1/fd/1'] } } }
    await node!.create('hooked', {
      containers: [shell('trap "exit 0" TERM; while true; do sleep 0.1; done', { lifecycle })],
      terminationGracePeriodSeconds: 10,
    })
    await node!.pod('hooked', isReady)
    const follow = spawn('kubectl', ['--kubeconfig', node!.kubeconfig, 'logs', '-f', 'hooked'])
    const said = text(follow.stdout)
    await realClock.sleep(300, new AbortController().signal)
    await node!.delete('hooked')
    assert.equal(await said, 'stopping\n')
  }).timeout(20_000)

  it('leaves no container of a deleted pod', async () => {
    const pod = await node!.pod('stays', isReady)
    await node!.delete('stays')
    const { stdout } = await run('docker', ['ps', '-aq', '--filter', `name=${pod.metadata.uid}`])
    assert.equal(stdout, '')
  }).timeout(20_000)
})

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { podsRun, rc, setSpec } from './harness/objects.ts'
import { busybox, httpd, pod, running, start } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'

const labels = { app: 'agnhost', role: 'primary' }
const selector = 'app=agnhost'

/** An RC of one pod, which runs; the pod's name. */
async function controller(t: Trial, ports: number[] = []): Promise<string> {
  const made = rc('agnhost-primary', 1, labels)
  made.spec!.template!.spec!.containers![0]!.ports = ports.map(containerPort => ({ name: 'agnhost-server', containerPort }))
  await t.kubectl('create -f -', { input: JSON.stringify({ apiVersion: 'v1', kind: 'ReplicationController', ...made }) })
  const [name] = await podsRun(t, selector, 1)
  return name!
}

/** Each group of words stands in one line. */
function has(text: string, wanted: readonly (readonly string[])[]): void {
  const lines = text.split('\n')
  for (const words of wanted)
    assert.ok(
      lines.some(line => words.every(word => line.includes(word))),
      `${words.join(' … ')} in:\n${text}`,
    )
}

const get = (options: object): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(options, async response => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
    asked.once('error', reject).end()
  })

conformance('sig-cli', 'Kubectl client', {
  'Kubectl api-versions should check if v1 is in available api versions': async t => {
    assert.ok((await t.kubectl('api-versions')).split('\n').includes('v1'))
  },

  'Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info': async t => {
    assert.match(await t.kubectl('cluster-info'), /Kubernetes control plane.* is running at /)
  },

  'Kubectl version should check is all data is printed': async t => {
    const said = await t.kubectl('version')
    for (const item of ['Client', 'Server'])
      assert.match(
        said,
        new RegExp(
          `${item} Version: (v\\d\\.\\d+\\.[\\w\\-.+]+|version\\.Info\\{Major:"\\d", Minor:"\\d+\\+?", GitVersion:"v\\d\\.\\d+\\.[\\w\\-.+]+", GitCommit:"[0-9a-f]+")`,
        ),
      )
  },

  'Kubectl describe should check if kubectl describe prints relevant information for rc and pods': async t => {
    const name = await controller(t, [6379])
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'agnhost-primary', labels },
      spec: { ports: [{ port: 6379, targetPort: 'agnhost-server' }], selector: labels },
    }
    await t.kubectl('create -f -', { input: JSON.stringify(service) })
    has(await t.kubectl(['describe', 'pod', name]), [
      ['Name:', 'agnhost-primary-'],
      ['Namespace:', t.namespace],
      ['Node:'],
      ['Labels:', 'app=agnhost'],
      ['role=primary'],
      ['Annotations:'],
      ['Status:', 'Running'],
      ['IP:'],
      ['Controlled By:', 'ReplicationController/agnhost-primary'],
      ['Image:', busybox],
      ['State:', 'Running'],
      ['QoS Class:', 'BestEffort'],
    ])
    await eventually(async () =>
      has(await t.kubectl('describe rc agnhost-primary'), [
        ['Name:', 'agnhost-primary'],
        ['Namespace:', t.namespace],
        ['Selector:', 'app=agnhost,role=primary'],
        ['Labels:', 'app=agnhost'],
        ['role=primary'],
        ['Annotations:'],
        ['Replicas:', '1 current', '1 desired'],
        ['Pods Status:', '1 Running', '0 Waiting', '0 Succeeded', '0 Failed'],
        ['Pod Template:'],
        ['Image:', busybox],
        ['Events:'],
      ]),
    )
    has(await t.kubectl('describe service agnhost-primary'), [
      ['Name:', 'agnhost-primary'],
      ['Namespace:', t.namespace],
      ['Labels:', 'app=agnhost'],
      ['role=primary'],
      ['Annotations:'],
      ['Selector:', 'app=agnhost', 'role=primary'],
      ['Type:', 'ClusterIP'],
      ['IP:'],
      ['Port:', '<unset>', '6379/TCP'],
      ['Endpoints:'],
      ['Session Affinity:', 'None'],
    ])
    const [node] = await t.of('nodes').items()
    has(await t.kubectl(['describe', 'node', node!.metadata!.name!]), [
      ['Name:', node!.metadata!.name!],
      ['Labels:'],
      ['Annotations:'],
      ['CreationTimestamp:'],
      ['Conditions:'],
      ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'],
      ['Addresses:'],
      ['Capacity:'],
      ['Kernel Version:'],
      ['OS Image:'],
      ['Container Runtime Version:'],
      ['Kubelet Version:'],
      ['Pods:'],
    ])
    has(await t.kubectl(['describe', 'namespace', t.namespace]), [
      ['Name:', t.namespace],
      ['Labels:'],
      ['Annotations:'],
      ['Status:', 'Active'],
    ])
  },

  'Kubectl diff should check if kubectl diff finds a difference for Deployments': async t => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'it' }, spec: setSpec(1, labels) }
    const input = JSON.stringify(deployment)
    await t.kubectl('create -f -', { input })
    const { code, stdout } = await t.tryKubectl('diff -f -', { input: input.replace(busybox, httpd) })
    assert.equal(code, 1)
    assert.ok(stdout.includes(busybox) && stdout.includes(httpd), stdout)
    await t.kubectl('delete -f -', { input })
  },

  'Kubectl expose should create services for rc': async t => {
    await controller(t, [6379])
    const validate = async (name: string, port: number): Promise<void> => {
      await eventually(async () => {
        const slices = await t.of('endpointslices').items(`kubernetes.io/service-name=${name}`)
        const ports = slices.flatMap(({ endpoints, ports: list }) => (endpoints ?? []).map(() => list?.[0]?.port))
        assert.deepEqual(ports, [6379])
      })
      const { spec } = await t.of('services').get(name)
      assert.deepEqual(
        spec?.ports?.map(it => [it.port, it.targetPort]),
        [[port, 6379]],
      )
    }
    await t.kubectl('expose rc agnhost-primary --name=rm2 --port=1234 --target-port=6379')
    await validate('rm2', 1234)
    await t.kubectl('expose service rm2 --name=rm3 --port=2345 --target-port=6379')
    await validate('rm3', 2345)
  },

  'Kubectl label should update the label on a resource': async t => {
    await start(t, pod('pause'))
    await t.kubectl('label pods pause testing-label=testing-label-value')
    assert.match(await t.kubectl('get pod pause -L testing-label'), /testing-label-value/)
    await t.kubectl('label pods pause testing-label-')
    assert.doesNotMatch(await t.kubectl('get pod pause -L testing-label'), /testing-label-value/)
  },

  'Kubectl patch should add annotations for pods in rc': async t => {
    const name = await controller(t)
    await t.kubectl(['patch', 'pod', name, '-p', '{"metadata":{"annotations":{"x":"y"}}}'])
    assert.equal((await t.of('pods').get(name)).metadata?.annotations?.x, 'y')
  },

  "Kubectl replace should update a single-container pod's image": async t => {
    await t.kubectl(`run it --image=${httpd} --labels=run=it`)
    await running(t, 'it')
    const input = (await t.kubectl('get pod it -o json')).replace(`"image": "${httpd}"`, `"image": "${busybox}"`)
    await t.kubectl('replace -f -', { input })
    assert.equal((await t.of('pods').get('it')).spec?.containers[0]?.image, busybox)
  },

  'Kubectl run pod should create a pod from an image when restart is Never': async t => {
    await t.kubectl(`run it --restart=Never --image=${httpd}`)
    const { spec } = await t.of('pods').get('it')
    assert.deepEqual([spec?.restartPolicy, spec?.containers[0]?.image], ['Never', httpd])
    await t.kubectl('delete pods it')
  },

  'Kubectl server-side dry-run should check if kubectl can dry-run update Pods': async t => {
    await t.kubectl(`run it --image=${httpd} --labels=run=it`)
    const patch = JSON.stringify({ spec: { containers: [{ name: 'it', image: busybox }] } })
    await t.kubectl(['patch', 'pod', 'it', '-p', patch, '--dry-run=server'])
    assert.equal((await t.of('pods').get('it')).spec?.containers[0]?.image, httpd)
    await t.kubectl('delete pods it')
  },

  'Proxy server should support proxy with --port 0': async t => {
    const proxy = t.startKubectl('proxy --port=0 --disable-filter')
    const [, port] = await proxy.says(/Starting to serve on 127\.0\.0\.1:(\d+)/)
    const { versions } = JSON.parse(await get({ host: '127.0.0.1', port, path: '/api/' })) as { versions: string[] }
    assert.ok(versions.length > 0)
  },

  'Proxy server should support --unix-socket=/path': async t => {
    const home = await mkdtemp(join(tmpdir(), 'pinnace-conformance-'))
    t.defer(() => rm(home, { recursive: true, force: true }))
    const socketPath = join(home, 'test')
    const proxy = t.startKubectl(['proxy', `--unix-socket=${socketPath}`])
    await proxy.says(/Starting to serve on /)
    const { versions } = JSON.parse(await get({ socketPath, path: '/api' })) as { versions: string[] }
    assert.ok(versions.length > 0)
  },

  'Update Demo should create and stop a replication controller': async t => {
    await updateDemo(t, 2)
    await t.kubectl('delete rc update-demo-nautilus --grace-period=0 --force')
    await eventually(async () => assert.equal(await t.kubectl('get pods -l name=update-demo -o name'), ''), 60_000)
  },

  'Update Demo should scale a replication controller': async t => {
    await updateDemo(t, 2)
    for (const replicas of [1, 2]) {
      await t.kubectl(`scale rc update-demo-nautilus --replicas=${replicas} --timeout=5m`)
      await serves(t, replicas)
    }
  },
})

async function updateDemo(t: Trial, replicas: number): Promise<void> {
  const made = rc('update-demo-nautilus', replicas, { name: 'update-demo', version: 'nautilus' })
  made.spec!.template!.spec!.containers = [{ name: 'update-demo', image: httpd, ports: [{ containerPort: 80 }] }]
  await t.kubectl('create -f -', { input: JSON.stringify({ apiVersion: 'v1', kind: 'ReplicationController', ...made }) })
  await serves(t, replicas)
}

/** So many pods run, and each answers. */
async function serves(t: Trial, count: number): Promise<void> {
  for (const name of await podsRun(t, 'name=update-demo', count)) {
    const address = (await t.of('pods').get(name)).status!.podIP!
    await eventually(async () => assert.equal(await get({ host: address, port: 80, path: '/' }), `httpd 1 ${name}\n`))
  }
}

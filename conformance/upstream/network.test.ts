import assert from 'node:assert/strict'
import type { V1ServicePort } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { codeOf } from './harness/bare.ts'
import { conformance } from './harness/conformance.ts'
import type { Draft } from './harness/door.ts'
import { namesOf } from './harness/objects.ts'
import { type Container, exec, httpd, idle, type Pod, pod, ready, script, start } from './harness/pods.ts'
import type { Body } from './harness/site.ts'
import type { Trial } from './harness/trial.ts'

/** A web server that answers with its pod's name, on each of these ports. */
const web = (ports: number[] = [80], container: Container = {}): Container => {
  const servers = ports.map(port => `httpd -p ${port} -h /www`).join('; ')
  return script(`mkdir -p /www; hostname >/www/index.html; ${servers}; while :; do sleep 1; done`, {
    ports: ports.map(containerPort => ({ containerPort })),
    readinessProbe: { tcpSocket: { port: ports[0]! }, periodSeconds: 1 },
    ...container,
  })
}

/** What a server answers to a pod that asks; nothing if it does not answer within 2 s. */
async function asks(t: Trial, client: string, address: string, port: number): Promise<string> {
  const said = await exec(t, client, [
    'sh',
    '-c',
    `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${address} ${port} 2>/dev/null || true`,
  ])
  return said.split(/\r?\n/).at(-1)?.trim() ?? ''
}

/** Asks until just these have answered; whoever else answers is wrong. */
async function reaches(t: Trial, client: string, address: string, port: number, wanted: readonly string[]): Promise<void> {
  const seen = new Set<string>()
  await eventually(async () => {
    const name = await asks(t, client, address, port)
    if (name) seen.add(name)
    assert.deepEqual([...seen].sort(), [...wanted].sort())
  })
}

const servers = async (t: Trial, names: readonly string[], container = web()): Promise<Pod[]> => {
  for (const name of names) await t.of('pods').create(pod(name, { containers: [container] }, { app: 'server' }))
  return Promise.all(names.map(name => ready(t, name)))
}

const names = ['server-1', 'server-2']

const fromPod =
  (hostNetwork: boolean): Body =>
  async t => {
    const pods = await servers(t, names)
    await start(t, pod('client', { hostNetwork }))
    for (const { metadata, status } of pods) await reaches(t, 'client', status!.podIP!, 80, [metadata!.name!])
  }

conformance('sig-network', 'Networking', {
  'Granular Checks: Pods should function for intra-pod communication: http': fromPod(false),
  'Granular Checks: Pods should function for node-pod communication: http': fromPod(true),
})

interface ServiceSpec {
  readonly type?: string
  readonly sessionAffinity?: string
  readonly ports?: Draft<V1ServicePort>[]
}

const service = (t: Trial, spec: ServiceSpec = {}) =>
  t.of('services').create({
    metadata: { name: 'it' },
    spec: { selector: { app: 'server' }, ports: [{ name: 'http', port: 80, targetPort: 80 }], ...spec },
  })

const nodeAddress = async (t: Trial): Promise<string> => {
  const [node] = await t.of('nodes').items()
  return node!.status!.addresses!.find(({ type }) => type === 'InternalIP')!.address
}

/** The service is found by its name: the way of a user, and of upstream. */
const hasName = (t: Trial, client: string, port: number): Promise<void> =>
  eventually(async () => assert.notEqual(await asks(t, client, 'it', port), '', 'no answer by name'), 10_000)

/** One client has one server while there is affinity, and several when there is none. */
const affinity =
  (type: 'ClusterIP' | 'NodePort', switched: boolean): Body =>
  async t => {
    const all = ['server-1', 'server-2', 'server-3']
    await servers(t, all)
    const { spec } = await service(t, { type, sessionAffinity: 'ClientIP' })
    await start(t, pod('client'))
    const [address, port] = type === 'NodePort' ? [await nodeAddress(t), spec!.ports![0]!.nodePort!] : [spec!.clusterIP!, 80]
    const sticks = (): Promise<void> =>
      eventually(async () => {
        const said = await Promise.all(Array.from({ length: 10 }, () => asks(t, 'client', address, port)))
        assert.ok(said[0])
        assert.equal(new Set(said).size, 1, said.join())
      })
    await sticks()
    if (switched) {
      await t.of('services').patch('it', { spec: { sessionAffinity: 'None' } })
      await reaches(t, 'client', address, port, all)
      await t.of('services').patch('it', { spec: { sessionAffinity: 'ClientIP' } })
      await sticks()
    }
    await hasName(t, 'client', 80)
  }

/** The pods that the endpoint slices of the service name. */
const endpoints = (t: Trial, wanted: readonly string[]): Promise<void> =>
  eventually(async () => {
    const slices = await t.of('endpointslices').items('kubernetes.io/service-name=it')
    const found = slices.flatMap(({ endpoints: list }) => (list ?? []).map(({ targetRef }) => targetRef?.name))
    assert.deepEqual([...new Set(found)].sort(), [...wanted].sort())
  })

conformance('sig-network', 'Services', {
  'should serve a basic endpoint from pods': async t => {
    const { spec } = await service(t)
    const address = spec!.clusterIP!
    await endpoints(t, [])
    await start(t, pod('client'))
    await servers(t, ['server-1'])
    await endpoints(t, ['server-1'])
    await reaches(t, 'client', address, 80, ['server-1'])
    await servers(t, ['server-2'])
    await endpoints(t, names)
    await reaches(t, 'client', address, 80, names)
    await t.of('pods').delete('server-1', { gracePeriodSeconds: 0 })
    await endpoints(t, ['server-2'])
    await eventually(() => reaches(t, 'client', address, 80, ['server-2']))
    await t.of('pods').delete('server-2', { gracePeriodSeconds: 0 })
    await endpoints(t, [])
    await servers(t, ['server-3'])
    await hasName(t, 'client', 80)
  },

  'should serve multiport endpoints from pods': async t => {
    const ports = [
      { name: 'portname1', port: 80, targetPort: 100 },
      { name: 'portname2', port: 81, targetPort: 101 },
    ]
    const { spec } = await service(t, { ports })
    await start(t, pod('client'))
    await servers(t, ['server-1'], web([100, 101]))
    await endpoints(t, ['server-1'])
    for (const port of [80, 81]) await reaches(t, 'client', spec!.clusterIP!, port, ['server-1'])
    await t.of('pods').delete('server-1')
    await endpoints(t, [])
    await servers(t, ['server-2'], web([100, 101]))
    await hasName(t, 'client', 81)
  },

  'should be able to create a functioning NodePort service': async t => {
    const { spec } = await service(t, { type: 'NodePort' })
    await servers(t, names)
    await start(t, pod('client'))
    await reaches(t, 'client', spec!.clusterIP!, 80, names)
    await reaches(t, 'client', await nodeAddress(t), spec!.ports![0]!.nodePort!, names)
    await hasName(t, 'client', 80)
  },

  'should have session affinity work for service with type clusterIP': affinity('ClusterIP', false),
  'should be able to switch session affinity for service with type clusterIP': affinity('ClusterIP', true),
  'should have session affinity work for NodePort service': affinity('NodePort', false),
  'should be able to switch session affinity for NodePort service': affinity('NodePort', true),
})

/** As upstream's agnhost porter: answers whatever is asked with the method it came by. */
const porter = `cat >/answer <<'EOF'
read -r method rest
while read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
printf 'HTTP/1.0 200 OK\\r\\nContent-Type: application/json\\r\\n\\r\\n'
[ "$method" = HEAD ] || printf '{"Method":"%s","Body":"foo"}' "$method"
EOF
nc -ll -p 80 -e sh /answer`

/** The doors to a pod that answers as the porter, and to a service before it. */
async function porters(t: Trial): Promise<string[]> {
  const probe = { readinessProbe: { exec: { command: ['sh', '-c', 'netstat -ltn | grep -q :80'] }, periodSeconds: 1 } }
  await start(t, pod('agnhost', { containers: [script(porter, probe)] }, { app: 'server' }))
  await service(t, { ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] })
  await endpoints(t, ['agnhost'])
  return [`${t.of('pods').path}/agnhost/proxy`, `${t.of('services').path}/it/proxy`]
}

const answersTo = (t: Trial, method: string, path: string): Promise<void> =>
  eventually(async () => {
    const { code, text } = await t.http.ask(method, path, { headers: { accept: '*/*' } })
    assert.equal(code, 200, text)
    if (method !== 'HEAD') assert.deepEqual(JSON.parse(text), { Method: method, Body: 'foo' })
  }, 30_000)

conformance('sig-network', 'Proxy', {
  'version v1 A set of valid responses are returned for both pod and service ProxyWithPath': async t => {
    for (const door of await porters(t))
      for (const method of ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])
        await answersTo(t, method, `${door}/some/path/with/${method}`)
  },

  'version v1 A set of valid responses are returned for both pod and service Proxy': async t => {
    for (const door of await porters(t)) {
      for (const method of ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT']) await answersTo(t, method, `${door}?method=${method}`)
      for (const method of ['GET', 'HEAD']) assert.equal(await codeOf(t, method, `${door}?method=${method}`), 301)
    }
  },

  'version v1 should proxy through a service and a pod': async t => {
    await servers(t, ['server-1'], web([80]))
    await service(t)
    await endpoints(t, ['server-1'])
    for (const [door, what] of [
      [t.of('pods'), 'server-1:80'],
      [t.of('services'), 'it:http'],
      [t.of('services'), 'it:80'],
    ] as const)
      await eventually(async () => {
        const { code, text } = await t.http.ask('GET', `${door.path}/${what}/proxy/`, { headers: { accept: '*/*' } })
        assert.deepEqual([code, text], [200, 'server-1\n'])
      }, 10_000)
  },
})

conformance('sig-network', 'DNS', {
  'should provide /etc/hosts entries for the cluster': async t => {
    const it = await start(t, pod('dns-querier-1', { hostname: 'dns-querier-2', subdomain: 'dns-test-service' }))
    const name = `dns-querier-2.dns-test-service.${t.namespace}.svc.cluster.local`
    const hosts = await exec(t, 'dns-querier-1', ['cat', '/etc/hosts'])
    const line = hosts.split('\n').find(each => each.startsWith(`${it.status!.podIP!}\t`)) ?? hosts
    assert.deepEqual(line.split(/\s+/).slice(1), [name, 'dns-querier-2'])
  },

  'should support configurable pod DNS nameservers': async t => {
    await start(t, pod('it', { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] } }))
    const text = await exec(t, 'it', ['cat', '/etc/resolv.conf'])
    assert.match(text, /^nameserver 1\.1\.1\.1$/m)
    assert.match(text, /^search resolv\.conf\.local$/m)
  },
})

conformance('sig-network', 'Service endpoints latency', {
  // Upstream makes 200 Services, and lets the slowest hundredth take 50 s.
  'should not be very high': async t => {
    await start(t, pod('it', { containers: [idle({ ports: [{ containerPort: 80 }] })] }, { app: 'server' }))
    const delays = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const began = performance.now()
        const name = `latency-${index}`
        await t.of('services').create({ metadata: { name }, spec: { selector: { app: 'server' }, ports: [{ port: 80 }] } })
        await eventually(async () => assert.equal((await t.of('endpoints').get(name)).subsets?.[0]?.addresses?.length, 1))
        return performance.now() - began
      }),
    )
    delays.sort((a, b) => a - b)
    assert.ok(delays[49]! < 20_000 && delays[98]! < 50_000, `${delays[49]} ms in the middle, ${delays[98]} ms at the end`)
  },
})

conformance('sig-apps', 'ReplicaSet', {
  'should serve a basic image on each replica with a public image': async t => {
    await t.of('replicasets').create({
      metadata: { name: 'it' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'server' } },
        template: { metadata: { labels: { app: 'server' } }, spec: serving },
      },
    })
    await eachServes(t)
  },
})

conformance('sig-apps', 'ReplicationController', {
  'should serve a basic image on each replica with a public image': async t => {
    await t.of('replicationcontrollers').create({
      metadata: { name: 'it' },
      spec: { replicas: 2, selector: { app: 'server' }, template: { metadata: { labels: { app: 'server' } }, spec: serving } },
    })
    await eachServes(t)
  },
})

const serving = { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: httpd, ports: [{ containerPort: 80 }] }] }

/** Each of the two pods answers with its own name. Upstream asks through the pods' proxy. */
async function eachServes(t: Trial): Promise<void> {
  await start(t, pod('client'))
  const pods = await eventually(async () => {
    const all = (await t.of('pods').items('app=server')).filter(({ status }) => status?.phase === 'Running')
    assert.equal(all.length, 2, namesOf(all).join())
    return all
  })
  for (const { metadata, status } of pods)
    await eventually(async () => assert.equal(await asks(t, 'client', status!.podIP!, 80), `httpd 1 ${metadata!.name!}`))
}

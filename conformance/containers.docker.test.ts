import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { eventually } from './eventually.ts'
import { type Answer, sendFrom } from './https.ts'
import { containersWith } from './machine.ts'
import { pod, shell, web } from './manifests.ts'

interface State {
  readonly state: Record<string, { readonly reason?: string; readonly exitCode?: number; readonly message?: string }>
  readonly restartCount: number
  readonly ready: boolean
}

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: {
    readonly phase: string
    readonly podIP: string
    readonly containerStatuses: readonly State[]
    readonly initContainerStatuses: readonly State[]
    readonly conditions: readonly { readonly type: string; readonly status: string }[]
  }
}

describe('what a pod asks for, with real containers', function () {
  this.timeout(60_000)
  const cluster = clusterForSuite({ runtime: 'docker' })
  const create = (...args: Parameters<typeof pod>): Promise<string> => cluster().ok('create -f -', { input: pod(...args) })
  const get = (name: string): Promise<Pod> => cluster().get<Pod>(`pod ${name}`)
  /** What a pod that ends by itself has said. */
  const saysOf = async (name: string, phase = 'Succeeded'): Promise<string> => {
    await cluster().ok(`wait --for=jsonpath={.status.phase}=${phase} pod/${name} --timeout=30s`)
    return cluster().ok(`logs ${name}`)
  }
  const never = { restartPolicy: 'Never' }
  const sleeper = shell('sleep 1000 & wait')

  describe('configuration', () => {
    before(async () => {
      await cluster().ok('create configmap settings --from-literal=COLOUR=blue --from-literal=file.txt=from-a-file')
      await cluster().ok('create secret generic keys --from-literal=PASSWORD=s3cr3t')
      await cluster().ok('expose -f - --port=80 --name=before', { input: pod('selected', {}) })
    })

    const configMapKeyRef = { name: 'settings', key: 'COLOUR' }
    it('ConfigMap should be consumable via environment variable, and via the environment; Secrets should be consumable from pods in env vars, and via the environment', async () => {
      const env = [
        { name: 'A', valueFrom: { configMapKeyRef } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'PASSWORD' } } },
        { name: 'C', value: '$(A)-$(B)' },
      ]
      const envFrom = [{ prefix: 'p_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }]
      await create('env', { env, envFrom, command: ['sh', '-c', 'echo $A $B $C $p_COLOUR $PASSWORD'] }, never)
      assert.equal(await saysOf('env'), 'blue s3cr3t blue-s3cr3t blue s3cr3t')
    })

    it('Downward API should provide pod name, namespace and IP address, host IP and pod UID as env vars', async () => {
      const paths = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'status.podIP', 'status.hostIP', 'spec.nodeName']
      const env = paths.map((fieldPath, index) => ({ name: `F${index}`, valueFrom: { fieldRef: { fieldPath } } }))
      await create('downward', { env, command: ['sh', '-c', 'echo $F0 $F1 $F2 $F3 $F4 $F5'] }, never)
      const said = await saysOf('downward')
      const fields = '{.metadata.name} {.metadata.namespace} {.metadata.uid} {.status.podIP} {.status.hostIP} {.spec.nodeName}'
      assert.equal(said, await cluster().ok(['get', 'pod', 'downward', '-o', `jsonpath=${fields}`]))
    })

    it('Pods should contain environment variables for services', async () => {
      const ip = await cluster().ok('get service before -o jsonpath={.spec.clusterIP}')
      await create('services', { command: ['sh', '-c', 'env | grep -i ^before_ | sort'] }, never)
      assert.deepEqual((await saysOf('services')).split('\n'), [
        `BEFORE_PORT=tcp://${ip}:80`,
        `BEFORE_PORT_80_TCP=tcp://${ip}:80`,
        `BEFORE_PORT_80_TCP_ADDR=${ip}`,
        'BEFORE_PORT_80_TCP_PORT=80',
        'BEFORE_PORT_80_TCP_PROTO=tcp',
        `BEFORE_SERVICE_HOST=${ip}`,
        'BEFORE_SERVICE_PORT=80',
      ])
    })

    it('ConfigMap and Secret volumes hold their keys as files, with the modes asked for, and follow changes', async () => {
      const volumes = [
        { name: 'a', configMap: { name: 'settings', items: [{ key: 'file.txt', path: 'deep/file', mode: 0o400 }] } },
        { name: 'b', secret: { secretName: 'keys', defaultMode: 0o440 } },
        { name: 'c', emptyDir: {} },
      ]
      const volumeMounts = [
        { name: 'a', mountPath: '/a' },
        { name: 'b', mountPath: '/b', readOnly: true },
        { name: 'c', mountPath: '/c' },
      ]
      await create('volumes', { volumeMounts, command: sleeper }, { volumes })
      await cluster().ok('wait --for=condition=Ready pod/volumes --timeout=30s')
      const script =
        'cat /a/deep/file; echo; cat /b/PASSWORD; echo; stat -L -c %a /a/deep/file /b/PASSWORD /c; echo x >/c/y && cat /c/y; echo x 2>/dev/null >/b/y || echo read-only'
      const said = await cluster().ok(['exec', 'volumes', '--', 'sh', '-c', script])
      assert.deepEqual(said.split('\n'), ['from-a-file', 's3cr3t', '400', '440', '777', 'x', 'read-only'])
    })

    it('ServiceAccounts should mount an API token into pods, with which it reaches the API server on its ClusterIP', async () => {
      const folder = '/var/run/secrets/kubernetes.io/serviceaccount'
      await cluster().ok('create role reader --verb=get --resource=pods')
      await cluster().ok('create rolebinding reader --role=reader --serviceaccount=default:default')
      await create('client', { command: sleeper })
      await cluster().ok('wait --for=condition=Ready pod/client --timeout=30s')
      assert.equal(await cluster().ok(`exec client -- cat ${folder}/namespace`), 'default')
      assert.match(await cluster().ok(`exec client -- cat ${folder}/ca.crt`), /^-----BEGIN CERTIFICATE-----/)
      const [token, ca] = await Promise.all(['token', 'ca.crt'].map(file => cluster().ok(`exec client -- cat ${folder}/${file}`)))
      const host = await cluster().ok(['exec', 'client', '--', 'sh', '-c', 'echo $KUBERNETES_SERVICE_HOST'])
      assert.equal(host, '10.96.0.1')
      const ask = (what: string): Promise<Answer> =>
        sendFrom(cluster(), 'client', host, { ca: ca!, token: token! }, `/api/v1/namespaces/default/${what}`)
      const answer = await eventually(() => ask('pods/client'))
      assert.equal(answer.code, 200, answer.text)
      assert.equal(answer.json<Pod>().metadata.name, 'client')
      assert.equal((await ask('secrets')).code, 403)
    })

    it('ServiceAccounts should allow opting out of API token automount', async () => {
      await create(
        'without',
        { command: ['ls', '/var/run/secrets/kubernetes.io'] },
        { ...never, automountServiceAccountToken: false },
      )
      assert.match(await saysOf('without', 'Failed'), /No such file or directory/)
    })
  })

  describe('the life of a container', () => {
    it('Container Runtime blackbox test when starting a container that exits should run with the expected status', async () => {
      const cases = [
        ['Never', 'Failed', 0],
        ['OnFailure', 'Running', 2],
        ['Always', 'Running', 2],
      ] as const
      const check = async ([restartPolicy, phase, restarts]: (typeof cases)[number]): Promise<void> => {
        const name = `exits-${restartPolicy.toLowerCase()}`
        // Fails twice, and then goes on: a volume outlives the container.
        const script = 'echo x >>/count/n; [ $(wc -l </count/n) -lt 3 ] && exit 1; trap "exit 0" TERM; sleep 1000 & wait'
        const volumeMounts = [{ name: 'count', mountPath: '/count' }]
        await create(
          name,
          { command: ['sh', '-c', script], volumeMounts },
          { restartPolicy, volumes: [{ name: 'count', emptyDir: {} }] },
        )
        await eventually(async () => {
          const { status } = await get(name)
          assert.equal(status.phase, phase)
          assert.equal(status.containerStatuses[0]!.restartCount, restarts)
          assert.equal(status.containerStatuses[0]!.ready, phase === 'Running')
        }, 45_000)
      }
      await Promise.all(cases.map(check))
    })

    it('a container that fails again and again waits longer each time, as CrashLoopBackOff', async () => {
      await create('crashes', { command: ['false'] })
      await eventually(async () => {
        const { reason, message } = (await get('crashes')).status.containerStatuses[0]!.state.waiting ?? {}
        assert.equal(reason, 'CrashLoopBackOff')
        assert.match(message!, /^back-off 10s restarting failed container=main pod=crashes_default\(\S+\)$/)
      })
      assert.match(await cluster().ok('get pod crashes --no-headers'), /^crashes +0\/1 +(CrashLoopBackOff|Error) +\d/)
      await eventually(async () =>
        assert.match(
          await cluster().ok('events --for pod/crashes'),
          /Warning +BackOff .*Back-off restarting failed container main in pod crashes/,
        ),
      )
    })

    it('an image that there is not', async () => {
      await create('imageless', { image: 'nosuch.invalid/nosuch:1' })
      await eventually(async () => {
        const { reason } = (await get('imageless')).status.containerStatuses[0]!.state.waiting ?? {}
        assert.match(reason!, /^(ErrImagePull|ImagePullBackOff)$/)
      })
      await create('never-pulled', { image: 'pinnace-test/nosuch:1', imagePullPolicy: 'Never' })
      await eventually(async () => {
        const { reason, message } = (await get('never-pulled')).status.containerStatuses[0]!.state.waiting ?? {}
        assert.equal(reason, 'ErrImageNeverPull')
        assert.equal(message, 'Container image "pinnace-test/nosuch:1" is not present with pull policy of Never')
      })
    })

    it('InitContainer should invoke init containers on a RestartNever pod, one after the other', async () => {
      const init = (name: string): object => ({
        name,
        image: 'pinnace-test/busybox:1',
        command: ['sh', '-c', `sleep 0.3; echo ${name} >>/order/n`],
        volumeMounts,
      })
      const volumeMounts = [{ name: 'order', mountPath: '/order' }]
      const spec = { ...never, initContainers: [init('first'), init('second')], volumes: [{ name: 'order', emptyDir: {} }] }
      await create('init', { command: ['cat', '/order/n'], volumeMounts }, spec)
      assert.equal(await saysOf('init'), 'first\nsecond')
      const { status } = await get('init')
      assert.ok(status.initContainerStatuses.every(({ state, ready }) => state.terminated?.exitCode === 0 && ready))
      assert.equal(status.conditions.find(({ type }) => type === 'Initialized')?.status, 'True')
    })

    it('InitContainer should not start app containers and fail the pod if init containers fail on a RestartNever pod', async () => {
      const initContainers = [{ name: 'fails', image: 'pinnace-test/busybox:1', command: ['false'] }]
      await create('init-fails', { command: sleeper }, { ...never, initContainers })
      await cluster().ok('wait --for=jsonpath={.status.phase}=Failed pod/init-fails --timeout=30s')
      const { status } = await get('init-fails')
      assert.equal(status.initContainerStatuses[0]!.state.terminated?.exitCode, 1)
      assert.equal(status.containerStatuses[0]!.state.waiting?.reason, 'PodInitializing')
    })

    it('Probing container should be restarted with a exec "cat /tmp/health" liveness probe', async () => {
      const livenessProbe = {
        exec: { command: ['cat', '/tmp/health'] },
        initialDelaySeconds: 1,
        periodSeconds: 1,
        failureThreshold: 1,
      }
      await create('lives', {
        command: shell('echo ok >/tmp/health; sleep 3; rm -f /tmp/health; sleep 1000 & wait'),
        livenessProbe,
      })
      await eventually(async () => assert.equal((await get('lives')).status.containerStatuses[0]!.restartCount, 1))
      assert.match(
        await cluster().ok('events --for pod/lives'),
        /Warning +Unhealthy .*Liveness probe failed: cat: can't open '\/tmp\/health'/,
      )
      assert.match(
        await cluster().ok('events --for pod/lives'),
        /Normal +Killing .*Container main failed liveness probe, will be restarted/,
      )
    })

    it('Probing container with readiness probe that fails should never be ready and never restart', async () => {
      await create('unready', { command: sleeper, readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } })
      await eventually(async () =>
        assert.match(await cluster().ok('events --for pod/unready'), /Warning +Unhealthy .*Readiness probe failed/),
      )
      const { ready, restartCount } = (await get('unready')).status.containerStatuses[0]!
      assert.deepEqual({ ready, restartCount }, { ready: false, restartCount: 0 })
    })

    it('readiness is what puts a pod behind its Service, and takes it away', async () => {
      const readinessProbe = { httpGet: { path: '/ready', port: 80 }, periodSeconds: 1, failureThreshold: 1 }
      await cluster().ok('apply -f -', { input: web({ name: 'gate', replicas: 1, container: { readinessProbe } }) })
      await cluster().ok('expose deployment gate --port=80')
      const ready = (): Promise<string> =>
        cluster().ok(
          'get endpointslices -l kubernetes.io/service-name=gate -o jsonpath={.items[*].endpoints[*].conditions.ready}',
        )
      await eventually(async () => assert.equal(await ready(), 'false'))
      await eventually(() => cluster().ok('exec deployment/gate -- touch /var/www/ready'))
      await eventually(async () => assert.equal(await ready(), 'true'))
      await cluster().ok('exec deployment/gate -- rm /var/www/ready')
      await eventually(async () => assert.equal(await ready(), 'false'))
    })
  })

  describe('the end', () => {
    it('leaves no container', async () => {
      await cluster().ok('delete pod,deployment --all', { longestMs: 50_000 })
      await eventually(async () => assert.deepEqual(await containersWith('io.kubernetes.pod.namespace', 'default'), []))
    })
  })
})

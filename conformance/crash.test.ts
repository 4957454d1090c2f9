import assert from 'node:assert/strict'
import { type Cluster, longestWaitMs, ownCluster } from './cluster.ts'
import { eventually } from './eventually.ts'
import { containersWith } from './machine.ts'
import { web } from './manifests.ts'
import { run } from './program.ts'

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly containers: readonly { readonly image: string }[] }
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly containerID: string
      readonly restartCount: number
      readonly state: unknown
    }[]
  }
}

for (const runtime of ['docker', 'simulated'] as const)
  describe(`kill -9 in the middle of a rolling update, ${runtime}`, function () {
    this.timeout(120_000)
    const undo: (() => Promise<void>)[] = []
    let cluster: Cluster
    let earlier: readonly Pod[] = []
    const pods = async (): Promise<readonly Pod[]> =>
      (await cluster.kubectl.get<{ items: readonly Pod[] }>('pods -l app=web')).items
    const imageOf = ({ spec }: Pod): string => spec.containers[0]!.image
    /** Whether its container was started from the new image. */
    const isNew = (pod: Pod): boolean => imageOf(pod).endsWith(':2') && Boolean(pod.status.containerStatuses?.[0]?.containerID)
    /** Slowly: one at a time, and each new pod must have been ready for two seconds. */
    const slowly = (version: 1 | 2): string =>
      web({ version, replicas: 6, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }).replace(
        'spec:\n',
        'spec:\n  minReadySeconds: 2\n',
      )
    /** The id of every container of the engine that runs, and when it started. */
    const started = async (): Promise<Map<string, string>> => {
      const ids = await containersWith('io.kubernetes.pod.namespace', 'default')
      if (ids.length === 0) return new Map()
      const { stdout } = await run('docker', ['inspect', '--format', '{{.Id}} {{.State.Running}} {{.State.StartedAt}}', ...ids])
      const rows = stdout
        .trim()
        .split('\n')
        .map(line => line.split(' ') as [string, string, string])
      return new Map(rows.filter(([, runs]) => runs === 'true').map(([id, , at]) => [id, at]))
    }
    let ran = new Map<string, string>()

    before(async function () {
      this.timeout(longestWaitMs)
      cluster = await ownCluster.call(this, { runtime }, undo)
      await cluster.up()
    })
    after(async function () {
      this.timeout(120_000)
      for (const step of undo.reverse()) await step()
    })

    it('the process is killed while old and new pods run side by side', async () => {
      const { kubectl } = cluster
      await kubectl.ok('create configmap written --from-literal=when=before')
      await kubectl.ok('create -f -', { input: slowly(1) })
      await kubectl.ok('rollout status deployment/web --timeout=60s')
      await kubectl.ok('set image deployment/web httpd=pinnace-test/httpd:2')
      await eventually(async () => {
        earlier = await pods()
        assert.ok(earlier.filter(isNew).length >= 2, 'two new pods run')
      })
      await kubectl.ok('create configmap last --from-literal=when=just-before')
      await cluster.kill()
      ran = await started()
      assert.equal((await cluster.status()).code, 1)
      const images = new Set(earlier.map(imageOf))
      assert.equal(images.size, 2, 'in the middle of it')
    })

    if (runtime === 'docker')
      it('containers go on meanwhile', async () => {
        assert.ok(ran.size >= 12, `six pods and their sandboxes: ${ran.size}`)
      })

    it('up again, the rolling update carries on to its end, and nothing is lost', async () => {
      const { kubectl } = cluster
      await cluster.up()
      assert.equal(await kubectl.ok('get configmap last -o jsonpath={.data.when}'), 'just-before')
      assert.equal(await kubectl.ok('get configmap written -o jsonpath={.data.when}'), 'before')
      await kubectl.ok('rollout status deployment/web --timeout=90s', { longestMs: 100_000 })
      await eventually(async () => {
        const now = await pods()
        assert.deepEqual(now.map(imageOf), Array(6).fill('pinnace-test/httpd:2'))
      })
      assert.equal(
        await kubectl.ok('get deployment web -o jsonpath={.status.readyReplicas}/{.status.updatedReplicas}/{.status.replicas}'),
        '6/6/6',
      )
    })

    it('the pods that had come already are the same, and were not restarted', async () => {
      const now = new Map((await pods()).map(pod => [pod.metadata.uid, pod]))
      const kept = earlier.filter(isNew)
      for (const { metadata, status } of kept) {
        const [was, is] = [status.containerStatuses![0]!, now.get(metadata.uid)?.status.containerStatuses?.[0]]
        assert.ok(is, `${metadata.name} is still there`)
        assert.equal(is.restartCount, 0)
        assert.equal(is.containerID, was.containerID)
        if (runtime !== 'docker') continue
        const id = is.containerID.replace('docker://', '')
        assert.ok(ran.has(id), `${metadata.name} ran when the process was killed`)
        assert.equal((await started()).get(id), ran.get(id), `${metadata.name} has run on`)
      }
    })

    if (runtime === 'docker')
      it('no container is left over: six pods, six sandboxes', async () => {
        await eventually(async () => assert.equal((await containersWith('io.kubernetes.pod.namespace', 'default')).length, 12))
      })

    if (runtime === 'docker')
      it('a Service answers while nothing but its pods and the kernel runs, and after the next start', async () => {
        const { kubectl } = cluster
        await kubectl.ok('expose deployment web --port=80')
        const ip = await kubectl.ok('get service web -o jsonpath={.spec.clusterIP}')
        await cluster.kill()
        await eventually(async () =>
          assert.match((await run('curl', ['-s', '--max-time', '2', `http://${ip}`])).stdout, /^httpd 2 /),
        )
        await cluster.up()
        await eventually(async () =>
          assert.match((await run('curl', ['-s', '--max-time', '2', `http://${ip}`])).stdout, /^httpd 2 /),
        )
      })
  })

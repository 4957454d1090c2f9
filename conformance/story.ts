import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import type { Kubectl } from './kubectl.ts'
import { web } from './manifests.ts'

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly nodeName: string; readonly containers: readonly { readonly image: string }[] }
}

interface Deployment {
  readonly metadata: { readonly generation: number; readonly annotations: Record<string, string> }
  readonly status: Record<string, number>
}

/** The story of one Deployment, from `kubectl create` to `kubectl delete`: the same whatever runs its pods. Each test goes on where the one before ended. */
export function deploymentStory(cluster: () => Kubectl): void {
  const image = (version: number): string => `pinnace-test/httpd:${version}`
  const pods = async (): Promise<readonly Pod[]> => (await cluster().get<{ items: readonly Pod[] }>('pods -l app=web')).items
  const rolledOut = async (): Promise<void> => {
    assert.match(await cluster().ok('rollout status deployment/web --timeout=60s'), /deployment "web" successfully rolled out$/)
  }
  /** The rolling update is over for its user: no old pod is left. */
  const onlyVersion = (version: number): Promise<void> =>
    eventually(async () => {
      const images = (await pods()).map(({ spec }) => spec.containers[0]!.image)
      assert.deepEqual(images, [image(version), image(version), image(version)])
    })

  it('create a Deployment of 3; rollout status waits for it', async () => {
    assert.equal(await cluster().ok('create -f -', { input: web() }), 'deployment.apps/web created')
    await rolledOut()
    assert.equal((await pods()).length, 3)
  })

  it('get shows the columns that upstream shows', async () => {
    const lines = async (args: string): Promise<string[]> => (await cluster().ok(args)).split('\n')
    const [head, row] = await lines('get deployments')
    assert.match(head!, /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE$/)
    assert.match(row!, /^web +3\/3 +3 +3 +\d+s$/)
    const [wideHead, wideRow] = await lines('get deployment web -o wide')
    assert.match(wideHead!, /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR$/)
    assert.match(wideRow!, /^web +3\/3 +3 +3 +\d+s +httpd +pinnace-test\/httpd:1 +app=web$/)
    const [setHead, setRow] = await lines('get rs -l app=web')
    assert.match(setHead!, /^NAME +DESIRED +CURRENT +READY +AGE$/)
    assert.match(setRow!, /^web-[a-z0-9]+ +3 +3 +3 +\d+s$/)
    const [podHead, ...podRows] = await lines('get pods -l app=web -o wide')
    assert.match(podHead!, /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES$/)
    for (const each of podRows)
      assert.match(each, /^web-[a-z0-9]+-[a-z0-9]{5} +1\/1 +Running +0 +\d+s +10\.244\.\d+\.\d+ +node-\d+ +<none> +<none>$/)
  })

  it('get -o yaml, json, jsonpath, custom-columns, name', async () => {
    assert.match(
      await cluster().ok('get deployment web -o yaml'),
      /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n[\s\S]*\nspec:\n[\s\S]*\nstatus:\n/,
    )
    assert.equal((await cluster().get<Deployment>('deployment web')).status.readyReplicas, 3)
    assert.equal(await cluster().ok('get deployment web -o jsonpath={.spec.template.spec.containers[*].image}'), image(1))
    const columns = await cluster().ok('get deployment web -o custom-columns=N:.metadata.name,R:.spec.replicas')
    assert.equal(columns.replace(/ +/g, ' '), 'N R\nweb 3')
    assert.equal(
      await cluster()
        .ok('get deployment,rs -l app=web -o name')
        .then(text => text.split('\n')[0]),
      'deployment.apps/web',
    )
    assert.match(
      await cluster().ok('get all -l app=web -o name'),
      /^(pod\/web-\S+\n){3}deployment\.apps\/web\nreplicaset\.apps\/web-\S+$/,
    )
    assert.match(await cluster().ok('get pods --sort-by=.metadata.name --show-labels'), /LABELS\n.*app=web,pod-template-hash=/)
  })

  it('expose it: a Service with the addresses of all three', async () => {
    assert.equal(await cluster().ok('expose deployment web --port=80 --type=NodePort'), 'service/web exposed')
    assert.match(
      await cluster().ok('get service web --no-headers'),
      /^web +NodePort +10\.96\.\d+\.\d+ +<none> +80:3\d{4}\/TCP +\d+s$/,
    )
    await eventually(async () => {
      const addresses = await cluster().ok(
        'get endpointslices -l kubernetes.io/service-name=web -o jsonpath={.items[*].endpoints[*].addresses[0]}',
      )
      assert.equal(addresses.split(' ').length, 3)
    })
    await eventually(async () =>
      assert.match(await cluster().ok('describe service web'), /^Endpoints: +(10\.244\.\S+:80,?){3}$/m),
    )
  })

  it('scale it up and down, with --current-replicas as upstream has it', async () => {
    assert.equal(await cluster().ok('scale deployment web --replicas=5'), 'deployment.apps/web scaled')
    await rolledOut()
    assert.equal((await pods()).length, 5)
    assert.equal(
      await cluster().fails('scale deployment web --current-replicas=4 --replicas=3'),
      'error: Expected replicas to be 4, was 5',
    )
    await cluster().ok('scale deployment web --current-replicas=5 --replicas=3')
    await eventually(async () => assert.equal((await pods()).length, 3))
  })

  it('set image rolls it over, and never fewer are available than the strategy allows', async () => {
    const watch = cluster().start(['get', 'deployment', 'web', '--watch', '-o', 'jsonpath={.status.availableReplicas}{"\\n"}'])
    await watch.says(/3/)
    assert.equal(await cluster().ok(`set image deployment/web httpd=${image(2)}`), 'deployment.apps/web image updated')
    await rolledOut()
    await onlyVersion(2)
    const { stdout } = await watch.stop()
    const available = stdout.trim().split('\n').map(Number)
    assert.ok(Math.min(...available) >= 3, `of 3, with a maxUnavailable of 25 %, rounded down: ${available}`)
    assert.ok(Math.max(...available) <= 4, `of 3, with a maxSurge of 25 %, rounded up: ${available}`)
  })

  it('rollout history tells of both revisions; undo goes back', async () => {
    const history = async (): Promise<string> => (await cluster().ok('rollout history deployment/web')).replace(/ +/g, ' ')
    assert.equal(await history(), 'deployment.apps/web \nREVISION CHANGE-CAUSE\n1 <none>\n2 <none>')
    assert.match(await cluster().ok('rollout history deployment/web --revision=1'), /Image:\s+pinnace-test\/httpd:1/)
    assert.equal(await cluster().ok('rollout undo deployment/web'), 'deployment.apps/web rolled back')
    await rolledOut()
    await onlyVersion(1)
    assert.equal(await history(), 'deployment.apps/web \nREVISION CHANGE-CAUSE\n2 <none>\n3 <none>')
    await cluster().ok('rollout undo deployment/web --to-revision=2')
    await rolledOut()
    await onlyVersion(2)
  })

  it('paused, it does not roll; resumed, it does', async () => {
    await cluster().ok('rollout pause deployment/web')
    await cluster().ok(`set image deployment/web httpd=${image(1)}`)
    await eventually(async () => {
      const { metadata, status } = await cluster().get<Deployment>('deployment web')
      assert.equal(status.observedGeneration, metadata.generation)
      assert.equal(status.updatedReplicas ?? 0, 0)
    })
    assert.match(
      await cluster().fails('rollout restart deployment/web'),
      /can't restart paused deployment \(run rollout resume first\)/,
    )
    await cluster().ok('rollout resume deployment/web')
    await rolledOut()
    await onlyVersion(1)
  })

  it('rollout restart replaces all pods', async () => {
    const before = new Set((await pods()).map(({ metadata }) => metadata.uid))
    assert.equal(await cluster().ok('rollout restart deployment/web'), 'deployment.apps/web restarted')
    await rolledOut()
    await eventually(async () => {
      const now = await pods()
      assert.equal(now.length, 3)
      for (const { metadata } of now) assert.ok(!before.has(metadata.uid), `${metadata.name} is new`)
    })
  })

  it('a pod that is deleted is replaced', async () => {
    const [gone] = await pods()
    assert.equal(await cluster().ok(`delete pod ${gone!.metadata.name}`), `pod "${gone!.metadata.name}" deleted`)
    await rolledOut()
    const now = await pods()
    assert.equal(now.length, 3)
    assert.ok(now.every(({ metadata }) => metadata.uid !== gone!.metadata.uid))
  })

  it('apply: created, unchanged, configured', async () => {
    const input = web({ name: 'applied', replicas: 1 })
    assert.equal(await cluster().ok('apply -f -', { input }), 'deployment.apps/applied created')
    assert.equal(await cluster().ok('apply -f -', { input }), 'deployment.apps/applied unchanged')
    const edited = web({ name: 'applied', replicas: 2 })
    assert.equal(await cluster().ok('apply -f -', { input: edited }), 'deployment.apps/applied configured')
    await cluster().ok('rollout status deployment/applied --timeout=60s')
    assert.equal(await cluster().ok('get deployment applied -o jsonpath={.status.replicas}'), '2')
    const { code, stdout } = await cluster().run('diff -f -', { input })
    assert.equal(code, 1)
    assert.match(stdout, /^-\s+replicas: 2\n\+\s+replicas: 1$/m)
    assert.equal(await cluster().ok('delete deployment applied'), 'deployment.apps "applied" deleted')
  })

  it('kubectl edit with an editor of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pinnace-editor-'))
    try {
      const editor = join(folder, 'editor')
      await writeFile(editor, '#!/bin/sh\nsed -i "s/replicas: 3/replicas: 4/" "$1"\n')
      await chmod(editor, 0o755)
      assert.equal(await cluster().ok('edit deployment web', { env: { KUBE_EDITOR: editor } }), 'deployment.apps/web edited')
      await rolledOut()
      assert.equal((await pods()).length, 4)
      assert.equal(await cluster().ok('edit deployment web', { env: { KUBE_EDITOR: 'true' } }), '')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('describe says of each what it is and what happened to it', async () => {
    const [pod] = await pods()
    const [set] = (await cluster().ok('get rs -l app=web -o name --sort-by=.metadata.creationTimestamp')).split('\n').slice(-1)
    const said = (what: string): Promise<string> => cluster().ok(`describe ${what}`)
    const deployment = await said('deployment web')
    assert.match(deployment, /^Replicas: +4 desired \| 4 updated \| 4 total \| 4 available \| 0 unavailable$/m)
    assert.match(deployment, /^StrategyType: +RollingUpdate$/m)
    assert.match(deployment, /^RollingUpdateStrategy: +25% max unavailable, 25% max surge$/m)
    assert.match(deployment, /^ +Available +True +MinimumReplicasAvailable$/m)
    assert.match(deployment, /^ +Normal +ScalingReplicaSet +.*deployment-controller +Scaled up replica set web-\w+ from 0 to 1$/m)
    assert.match(
      await said(set!),
      /^Controlled By: +Deployment\/web$[\s\S]*^ +Normal +SuccessfulCreate +.*replicaset-controller +Created pod: web-\S+$/m,
    )
    const told = await said(`pod ${pod!.metadata.name}`)
    assert.match(told, /^Controlled By: +ReplicaSet\/web-\w+$/m)
    assert.match(told, /^QoS Class: +BestEffort$/m)
    assert.match(told, /^ +Normal +Scheduled +.*default-scheduler +Successfully assigned default\/web-\S+ to node-\d+$/m)
    assert.match(
      told,
      /^ +Normal +Started +.*kubelet +Container started$|^ +Normal +Started +.*kubelet +Started container httpd$/m,
    )
    assert.match(await said(`node ${pod!.spec.nodeName}`), /^Non-terminated Pods: +\(\d+ in total\)$[\s\S]*web-/m)
  })

  it('events and get events tell the same, and can be asked of one object', async () => {
    assert.match(
      await cluster().ok('events --for deployment/web'),
      /Normal +ScalingReplicaSet +Deployment\/web +Scaled up replica set web-/,
    )
    const [pod] = await pods()
    const reasons = await cluster().ok(
      `get events --field-selector involvedObject.name=${pod!.metadata.name} -o jsonpath={.items[*].reason}`,
    )
    for (const reason of ['Scheduled', 'Created', 'Started']) assert.match(reasons, new RegExp(`\\b${reason}\\b`))
  })

  it('explain deployment.spec.strategy', async () => {
    const text = await cluster().ok('explain deployment.spec.strategy')
    assert.match(text, /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: strategy <DeploymentStrategy>\n/)
    assert.match(text, /rollingUpdate\t<RollingUpdateDeployment>/)
    assert.match(text, /^ +type\t<string>\n +enum: Recreate, RollingUpdate$/m)
  })

  it('delete takes everything with it', async () => {
    assert.equal(await cluster().ok('delete deployment,service web'), 'deployment.apps "web" deleted\nservice "web" deleted')
    await eventually(async () => assert.equal(await cluster().ok('get all -l app=web -o name'), ''))
    await eventually(async () =>
      assert.equal(await cluster().ok('get endpointslices -l kubernetes.io/service-name=web -o name'), ''),
    )
  })
}

import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { eventually } from './eventually.ts'
import { pod, web } from './manifests.ts'

describe("kubectl's commands", function () {
  this.timeout(60_000)
  const cluster = clusterForSuite({ runtime: 'simulated', nodes: 2 })
  const ok = (args: string | readonly string[], input?: string): Promise<string> =>
    cluster().ok(args, input === undefined ? {} : { input })

  describe('about the cluster', () => {
    it('Kubectl version should check is all data is printed', async () => {
      const text = await ok('version')
      assert.match(text, /^Client Version: v\d+\.\d+/m)
      assert.match(text, /^Server Version: v1\.36\.\d+$/m)
    })

    it('Kubectl api-versions should check if v1 is in available api versions', async () => {
      const versions = (await ok('api-versions')).split('\n')
      for (const each of [
        'v1',
        'apps/v1',
        'batch/v1',
        'coordination.k8s.io/v1',
        'discovery.k8s.io/v1',
        'networking.k8s.io/v1',
        'rbac.authorization.k8s.io/v1',
        'storage.k8s.io/v1',
      ])
        assert.ok(versions.includes(each), `${each} in ${versions}`)
    })

    it('Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info', async () => {
      assert.match(await ok('cluster-info'), /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/)
    })

    it('api-resources knows short names, groups, scopes and verbs', async () => {
      const rows = new Set((await ok('api-resources --no-headers')).split('\n').map(line => line.replace(/ +/g, ' ').trim()))
      for (const row of [
        'configmaps cm v1 true ConfigMap',
        'namespaces ns v1 false Namespace',
        'pods po v1 true Pod',
        'services svc v1 true Service',
        'deployments deploy apps/v1 true Deployment',
        'daemonsets ds apps/v1 true DaemonSet',
        'cronjobs cj batch/v1 true CronJob',
        'ingresses ing networking.k8s.io/v1 true Ingress',
        'storageclasses sc storage.k8s.io/v1 false StorageClass',
        'leases coordination.k8s.io/v1 true Lease',
      ])
        assert.ok(rows.has(row), row)
      assert.match(
        await ok('api-resources --api-group=apps -o wide'),
        /deployments .* create,delete,deletecollection,get,list,patch,update,watch +all/,
      )
      assert.deepEqual((await ok('api-resources --categories=all -o name')).split('\n').slice(0, 3), [
        'pods',
        'replicationcontrollers',
        'services',
      ])
    })

    it('health: livez, readyz, healthz, each ?verbose', async () => {
      for (const path of ['livez', 'readyz', 'healthz']) {
        assert.equal(await ok(`get --raw /${path}`), 'ok')
        assert.match(await ok(`get --raw /${path}?verbose`), new RegExp(`^\\[\\+\\]ping ok\n[\\s\\S]*${path} check passed$`))
      }
    })

    it('auth can-i and whoami', async () => {
      assert.equal(await ok('auth can-i create deployments'), 'yes')
      assert.match(await ok('auth whoami'), /Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]/)
      const { code, stdout } = await cluster().run('auth can-i list secrets --as=system:serviceaccount:default:default')
      assert.deepEqual({ code, stdout }, { code: 1, stdout: 'no\n' })
    })
  })

  describe('about objects', () => {
    it('Kubectl run pod should create a pod from an image when restart is Never', async () => {
      assert.equal(await ok('run pod --restart=Never --image=pinnace-test/httpd:1'), 'pod/pod created')
      assert.equal(
        await ok('get pod pod -o jsonpath={.spec.containers[0].image}/{.spec.restartPolicy}'),
        'pinnace-test/httpd:1/Never',
      )
    })

    it('Kubectl server-side dry-run should check if kubectl can dry-run update Pods', async () => {
      await ok('run dry --image=pinnace-test/httpd:1 --labels=run=dry')
      await ok([
        'patch',
        'pod',
        'dry',
        '-p',
        '{"spec":{"containers":[{"name":"dry","image":"pinnace-test/busybox:1"}]}}',
        '--dry-run=server',
      ])
      assert.equal(await ok('get pod dry -o jsonpath={.spec.containers[0].image}'), 'pinnace-test/httpd:1')
    })

    it("Kubectl replace should update a single-container pod's image", async () => {
      await ok('wait --for=condition=Ready pod/dry --timeout=20s')
      await ok('replace -f -', (await ok('get pod dry -o json')).replaceAll('pinnace-test/httpd:1', 'pinnace-test/httpd:2'))
      assert.equal(await ok('get pod dry -o jsonpath={.spec.containers[0].image}'), 'pinnace-test/httpd:2')
    })

    it('Kubectl label should update the label on a resource', async () => {
      assert.equal(await ok('label pods dry testing-label=testing-label-value'), 'pod/dry labeled')
      assert.match(await ok('get pod dry -L testing-label'), /TESTING-LABEL\n.*testing-label-value$/)
      assert.equal(await ok('label pods dry testing-label-'), 'pod/dry unlabeled')
      assert.doesNotMatch(await ok('get pod dry -L testing-label'), /testing-label-value/)
      assert.equal(
        await cluster().fails('label pods dry run=other'),
        "error: 'run' already has a value (dry), and --overwrite is false",
      )
    })

    it('annotate', async () => {
      assert.equal(await ok('annotate pod dry note=first'), 'pod/dry annotated')
      await ok('annotate pod dry note=second --overwrite')
      assert.equal(await ok('get pod dry -o jsonpath={.metadata.annotations.note}'), 'second')
    })

    it('Kubectl diff should check if kubectl diff finds a difference for Deployments', async () => {
      await ok('create -f -', web({ name: 'differs' }))
      // While its status still changes, kubectl meets conflicts, and waits a second for each.
      await ok('rollout status deployment/differs --timeout=30s')
      const { code, stdout } = await cluster().run('diff -f -', { input: web({ name: 'differs', version: 2 }) })
      assert.equal(code, 1)
      assert.match(stdout, /^-.*pinnace-test\/httpd:1$[\s\S]*^\+.*pinnace-test\/httpd:2$/m)
    })

    it('each type of patch', async () => {
      await ok('create -f -', web({ name: 'patched', replicas: 1 }))
      const patch = (type: string, body: unknown): Promise<string> =>
        ok(['patch', 'deployment', 'patched', `--type=${type}`, '-p', JSON.stringify(body)])
      const containers = (): Promise<string> => ok('get deployment patched -o jsonpath={.spec.template.spec.containers[*].name}')
      const second = { name: 'second', image: 'pinnace-test/busybox:1' }
      assert.equal(
        await patch('strategic', { spec: { template: { spec: { containers: [second] } } } }),
        'deployment.apps/patched patched',
      )
      assert.equal(await containers(), 'second httpd')
      await patch('strategic', { spec: { template: { spec: { containers: [{ name: 'httpd', $patch: 'delete' }] } } } })
      assert.equal(await containers(), 'second')
      await patch('merge', { spec: { template: { spec: { containers: [{ ...second, name: 'only' }] } } } })
      assert.equal(await containers(), 'only')
      await patch('json', [
        { op: 'test', path: '/spec/replicas', value: 1 },
        { op: 'replace', path: '/spec/template/spec/containers/0/name', value: 'renamed' },
      ])
      assert.equal(await containers(), 'renamed')
      assert.equal(await patch('merge', { spec: { replicas: 1 } }), 'deployment.apps/patched patched (no change)')
    })

    it('configmaps and secrets from literals and files, get and decode', async () => {
      await ok('create configmap literal --from-literal=a=1 --from-literal=b=2')
      assert.match(await ok('get configmap literal --no-headers'), /^literal +2 +\d+s$/)
      await ok('create secret generic hidden --from-literal=password=open')
      assert.match(await ok('get secret hidden --no-headers'), /^hidden +Opaque +1 +\d+s$/)
      assert.equal(await ok('get secret hidden -o go-template={{.data.password|base64decode}}'), 'open')
      assert.match(await ok('describe secret hidden'), /^password: +4 bytes$/m)
    })

    it('watch tells of changes as they come', async () => {
      const watch = cluster().start('get configmaps --watch --output-watch-events -l watched=yes')
      for (const [step, event] of [
        ['create configmap seen', undefined],
        ['label configmap seen watched=yes', /ADDED +seen/],
        ['annotate configmap seen a=b', /MODIFIED +seen/],
        ['delete configmap seen', /DELETED +seen/],
      ] as const) {
        await ok(step)
        if (event) await watch.says(event)
      }
      await watch.stop()
    })

    it('wait, for a condition, for a value, for the end', async () => {
      const waiting = cluster().run('wait --for=delete pod/waited --timeout=20s')
      await ok('create -f -', pod('waited', {}))
      assert.equal(await ok('wait --for=condition=Ready pod/waited --timeout=20s'), 'pod/waited condition met')
      assert.equal(await ok('wait --for=jsonpath={.status.phase}=Running pod/waited --timeout=20s'), 'pod/waited condition met')
      const end = cluster().run('wait --for=delete pod/waited --timeout=20s')
      await ok('delete pod waited --now')
      assert.equal((await end).code, 0)
      assert.equal((await waiting).code, 0)
    })
  })

  describe('about nodes', () => {
    before(async () => {
      await ok('apply -f -', web({ name: 'moved', replicas: 4 }))
      await ok('rollout status deployment/moved --timeout=30s')
    })
    const nodes = (): Promise<string> =>
      ok('get pods -l app=moved --field-selector=status.phase=Running -o jsonpath={.items[*].spec.nodeName}')

    afterEach(async () => {
      await ok('uncordon node-1 node-2')
    })

    it('cordon keeps new pods away; uncordon lets them come', async () => {
      const onFirst = async (): Promise<number> => (await nodes()).split(' ').filter(name => name === 'node-1').length
      const earlier = await onFirst()
      assert.equal(await ok('cordon node-1'), 'node/node-1 cordoned')
      assert.match(await ok('get node node-1 --no-headers'), /^node-1 +Ready,SchedulingDisabled /)
      await ok('scale deployment moved --replicas=8')
      await ok('rollout status deployment/moved --timeout=30s')
      assert.equal(await onFirst(), earlier)
      assert.equal(await ok('uncordon node-1'), 'node/node-1 uncordoned')
      await ok('scale deployment moved --replicas=16')
      await ok('rollout status deployment/moved --timeout=30s')
      assert.ok((await onFirst()) > earlier)
    })

    it('drain evicts what runs there', async () => {
      const text = await ok('drain node-1 --ignore-daemonsets --force --timeout=30s')
      assert.match(text, /^node\/node-1 cordoned\n/)
      assert.match(text, /^evicting pod default\/moved-/m)
      assert.match(text, /node\/node-1 drained$/)
      await ok('rollout status deployment/moved --timeout=30s')
      await eventually(async () => assert.deepEqual(new Set((await nodes()).split(' ')), new Set(['node-2'])))
    })

    it('taint NoSchedule keeps pods away, NoExecute drives them out, and a toleration lets them stay', async () => {
      assert.equal(await ok('taint nodes node-2 for=friends:NoExecute'), 'node/node-2 tainted')
      await eventually(async () => assert.deepEqual(new Set((await nodes()).split(' ')), new Set(['node-1'])))
      const toleration = { key: 'for', value: 'friends', effect: 'NoExecute' }
      await ok(
        'create -f -',
        pod('friend', {}, { nodeSelector: { 'kubernetes.io/hostname': 'node-2' }, tolerations: [toleration] }),
      )
      await ok('wait --for=condition=Ready pod/friend --timeout=20s')
      assert.equal(await ok('taint nodes node-2 for-'), 'node/node-2 untainted')
    })

    it('a pod that fits nowhere says why', async () => {
      await ok('create -f -', pod('nowhere', {}, { nodeSelector: { nosuch: 'label' } }))
      await eventually(async () =>
        assert.match(
          await ok('events --for pod/nowhere'),
          /Warning +FailedScheduling +Pod\/nowhere +0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity\/selector\./,
        ),
      )
      await ok('create -f -', pod('huge', { resources: { requests: { cpu: '1k' } } }))
      await eventually(async () =>
        assert.match(await ok('events --for pod/huge'), /0\/2 nodes are available: 2 Insufficient cpu\./),
      )
      assert.match(await ok('get pod nowhere --no-headers'), /^nowhere +0\/1 +Pending +0 /)
    })
  })

  describe('about namespaces', () => {
    it('ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace', async () => {
      await ok('create namespace rooms')
      const ca = (): Promise<string> =>
        ok(['get', 'configmap', 'kube-root-ca.crt', '-n', 'rooms', '-o', 'jsonpath={.data.ca\\.crt}'])
      await eventually(async () => assert.match(await ca(), /^-----BEGIN CERTIFICATE-----/))
      await ok('delete configmap kube-root-ca.crt -n rooms')
      await eventually(async () => assert.match(await ca(), /^-----BEGIN CERTIFICATE-----/))
      await ok(['patch', 'configmap', 'kube-root-ca.crt', '-n', 'rooms', '--type=merge', '-p', '{"data":{"ca.crt":""}}'])
      await eventually(async () => assert.match(await ca(), /^-----BEGIN CERTIFICATE-----/))
    })

    it('Namespaces should ensure that all pods are removed when a namespace is deleted, and all services', async () => {
      await ok('apply -n rooms -f -', web({ name: 'guest' }))
      await ok('rollout status deployment/guest -n rooms --timeout=30s')
      await ok('expose deployment guest -n rooms --port=80')
      await ok('create secret generic s -n rooms')
      assert.equal(await ok('delete namespace rooms'), 'namespace "rooms" deleted')
      assert.equal(await cluster().fails('get namespace rooms'), 'Error from server (NotFound): namespaces "rooms" not found')
      await ok('create namespace rooms')
      await eventually(() => ok('get serviceaccount default -n rooms'))
      assert.equal(await ok('get pods,services,deployments,replicasets,secrets,endpointslices -n rooms -o name'), '')
      await ok('delete namespace rooms')
    })

    it('the namespaces that belong to the system are not to be deleted', async () => {
      assert.equal(
        await cluster().fails('delete namespace default'),
        'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted',
      )
    })

    it('delete --cascade=orphan leaves what was owned; --cascade=foreground waits for it', async () => {
      await ok('create -f -', web({ name: 'parent', replicas: 1 }))
      await ok('rollout status deployment/parent --timeout=30s')
      await ok('delete deployment parent --cascade=orphan')
      const owners = (): Promise<string> => ok('get rs -l app=parent -o jsonpath={.items[*].metadata.ownerReferences}')
      await eventually(async () => assert.equal(await owners(), ''))
      assert.match(await ok('get rs,pods -l app=parent -o name'), /^replicaset\.apps\/parent-\w+\npod\/parent-\S+$/)
      await ok('create -f -', web({ name: 'parent', replicas: 1 }))
      await eventually(async () => assert.match(await owners(), /"name":"parent"/))
      await ok('delete deployment parent --cascade=foreground')
      assert.equal(await ok('get rs,pods -l app=parent -o name'), '')
    })
  })
})

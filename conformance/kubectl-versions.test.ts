import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { everyKubectl } from './every-kubectl.ts'
import { web } from './manifests.ts'

/** What a user types on the first day: each command, and what it must print. Runs in a namespace of its own. */
const script: readonly (readonly [args: string, prints: RegExp, input?: string])[] = [
  ['apply -f -', /^deployment\.apps\/web created$/, web()],
  ['rollout status deployment/web --timeout=30s', /successfully rolled out$/],
  ['apply -f -', /^deployment\.apps\/web unchanged$/, web()],
  ['get deployments --no-headers', /^web +3\/3 +3 +3 +\d+s$/],
  ['get pods -l app=web --no-headers', /^(web-\S+ +1\/1 +Running +0 +\d+s\n?){3}$/],
  ['expose deployment web --port=80', /^service\/web exposed$/],
  ['get service web --no-headers', /^web +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP +\d+s$/],
  ['create configmap settings --from-literal=a=b', /^configmap\/settings created$/],
  ['get configmap settings -o jsonpath={.data.a}', /^b$/],
  ['label configmap settings tier=front', /^configmap\/settings labeled$/],
  ['patch configmap settings -p {"data":{"a":"c"}}', /^configmap\/settings patched$/],
  ['set image deployment/web httpd=pinnace-test/httpd:2', /^deployment\.apps\/web image updated$/],
  ['rollout status deployment/web --timeout=30s', /successfully rolled out$/],
  ['rollout undo deployment/web', /^deployment\.apps\/web rolled back$/],
  ['scale deployment web --replicas=1', /^deployment\.apps\/web scaled$/],
  ['describe deployment web', /^Name: +web$[\s\S]*ScalingReplicaSet/m],
  ['explain pod.spec.restartPolicy', /restartPolicy/],
  ['exec deployment/web -- true', /^simulated container: true was not run$/],
  ['logs deployment/web --tail=1', /^/],
  ['api-resources --api-group=apps -o name', /^deployments\.apps$/m],
  ['delete deployment web', /^deployment\.apps "web" deleted/],
]

const programs = await everyKubectl()

describe('each kubectl there is', function () {
  this.timeout(60_000)
  const cluster = clusterForSuite({ runtime: 'simulated' })

  if (programs.length < 2) it('more kubectls than one')

  for (const program of programs) {
    const name = program.split('/').at(-1)!
    it(`${name}: a first day with it`, async () => {
      const kubectl = cluster().by(program)
      const namespace = `day-${programs.indexOf(program)}`
      await kubectl.ok(`create namespace ${namespace}`)
      for (const [args, prints, input] of script) {
        // The namespace comes first: what follows `--` is not kubectl's any more.
        const text = await kubectl.ok(['--namespace', namespace, ...args.split(' ')], input === undefined ? {} : { input })
        assert.match(text, prints, `${args}: ${text}`)
      }
      await kubectl.ok(`delete namespace ${namespace} --wait=false`)
    })
  }
})

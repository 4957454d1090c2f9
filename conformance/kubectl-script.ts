import { web } from './manifests.ts'

/** One command that is typed into every kubectl. */
export interface Step {
  /** `NS` is the namespace; arguments with blanks in them come as a list. */
  readonly args: string | readonly string[]
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  /** What it must print, in whatever version. */
  readonly prints?: RegExp
  /** The exit code. Default: 0. */
  readonly code?: number
  /** The first minor version that has the command. */
  readonly since?: number
  /** Minor versions from which kubectl itself prints something else, and what. */
  readonly changed?: Readonly<Record<number, string>>
  /** Why no two runs print the same, whatever the version. */
  readonly varies?: string
}

const patch = (type: string, text: string): readonly string[] => [
  'patch',
  'configmap',
  'settings',
  '--type',
  type,
  '--patch',
  text,
]
const settings = (data: object, more: object = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data, ...more })
const namesNamespace = { 34: 'delete says from which namespace' }

/** Errors of requests: exit code 1 in all versions. */
const refused = (args: Step['args'], prints: RegExp, more: Partial<Step> = {}): Step => ({ args, prints, code: 1, ...more })

/** A tour through kubectl's commands. What each prints must be the same from all versions, but for what is `changed`. */
export const script: readonly Step[] = [
  // What the server is.
  { args: 'get --raw /version', prints: /"gitVersion": "v1\.36/ },
  { args: 'get --raw /readyz' },
  { args: 'api-versions', prints: /^apps\/v1$/m },
  { args: 'api-resources --api-group=apps -o name', prints: /^deployments\.apps$/m },
  { args: 'api-resources --namespaced=false -o name', prints: /^nodes$/m },
  { args: 'api-resources --verbs=list,create -o name', prints: /^configmaps$/m },
  { args: 'api-resources --api-group=apps', prints: /deployments +deploy/ },
  { args: 'get namespace NS -o jsonpath={.status.phase}', prints: /^Active$/ },
  { args: 'get nodes -o name', prints: /^node\// },

  // Objects, written and read.
  { args: 'create configmap settings --from-literal=a=b --from-literal=c=d', prints: /^configmap\/settings created$/ },
  { args: 'create configmap other --from-literal=a=b --dry-run=server', prints: /created \(server dry run\)$/ },
  {
    args: 'create configmap other --from-literal=a=b --dry-run=client -o yaml',
    prints: /^kind: ConfigMap$/m,
    changed: { 35: 'no creationTimestamp: null' },
  },
  refused('create configmap settings', /configmaps "settings" already exists$/, { changed: { 21: 'says that creating failed' } }),
  { args: 'get configmap settings -o jsonpath={.data.a}', prints: /^b$/ },
  { args: 'get configmap settings -o go-template={{.data.c}}', prints: /^d$/ },
  { args: 'get configmap settings -o custom-columns=NAME:.metadata.name,A:.data.a', prints: /^settings +b$/m },
  { args: 'get configmaps --field-selector=metadata.name=settings --no-headers', prints: /^settings +2 / },
  { args: 'get configmap settings -o yaml', prints: /^ {2}a: b$/m, changed: { 21: 'managedFields are not shown' } },
  { args: 'get configmap settings -o json', prints: /"a": "b"/, changed: { 21: 'managedFields are not shown' } },
  { args: 'get configmap settings -o name', prints: /^configmap\/settings$/ },
  { args: 'describe configmap settings', prints: /^Name: +settings$/m, varies: 'up to 1.30 keys come in any order' },
  { args: 'label configmap settings tier=front', prints: /^configmap\/settings labeled$/ },
  { args: 'label configmap settings tier=back --overwrite', prints: /labeled$/ },
  refused('label configmap settings tier=middle', /already has a value \(back\)/),
  { args: 'label configmap settings tier-', prints: /^configmap\/settings (unlabeled|labeled)$/, changed: { 23: 'unlabeled' } },
  { args: 'label configmap settings tier=front', prints: /labeled$/ },
  {
    args: 'annotate configmap settings why=because',
    prints: /^configmap\/settings annotated?$/,
    changed: { 27: 'annotate', 28: 'annotated' },
  },
  { args: 'get configmaps -l tier=front -L tier --no-headers', prints: /^settings +2 +\S+ +front$/ },
  { args: 'get configmaps -l tier!=front,tier -o name', prints: /^$/ },
  { args: 'get configmaps --sort-by=.metadata.name -o name', prints: /^configmap\/settings$/m },
  { args: 'get configmaps --show-labels --no-headers --chunk-size=1', prints: /tier=front$/m },
  { args: patch('merge', '{"data":{"a":"x"}}'), prints: /^configmap\/settings patched$/ },
  { args: patch('strategic', '{"data":{"a":null}}'), prints: /^configmap\/settings patched$/ },
  { args: patch('json', '[{"op":"add","path":"/data/e","value":"f"}]'), prints: /^configmap\/settings patched$/ },
  { args: patch('merge', '{"data":{"e":"f"}}'), prints: /^configmap\/settings patched \(no change\)$/ },
  { args: 'edit configmap settings', env: { KUBE_EDITOR: "sed -i 's/ e: f/ e: g/'" }, prints: /^configmap\/settings edited$/ },
  { args: 'replace -f -', input: settings({ a: 'b' }), prints: /^configmap\/settings replaced$/ },
  { args: 'get -f - -o jsonpath={.items[0].data}', input: settings({}), prints: /^\{"a":"b"\}$/ },
  { args: 'create secret generic hush --from-literal=k=v', prints: /^secret\/hush created$/ },
  { args: 'describe secret hush', prints: /^k: +1 bytes?$/m },
  { args: 'create serviceaccount robot', prints: /^serviceaccount\/robot created$/ },
  { args: 'create quota few --hard=pods=20', prints: /^resourcequota\/few created$/ },

  // Rights.
  { args: 'create role reader --verb=get,list --resource=pods', prints: /^role\.rbac\.authorization\.k8s\.io\/reader created$/ },
  { args: 'create rolebinding readers --role=reader --serviceaccount=NS:robot', prints: /rolebinding\.\S+\/readers created$/ },
  { args: 'auth can-i list pods --as=system:serviceaccount:NS:robot', prints: /^yes$/ },
  refused('auth can-i delete pods --as=system:serviceaccount:NS:robot', /^no/),
  refused('get secrets --as=system:serviceaccount:NS:robot', /^Error from server \(Forbidden\): secrets is forbidden: User/),
  { args: 'create clusterrole NS-viewer --verb=get --resource=nodes', prints: /created$/ },
  {
    args: 'delete clusterrole NS-viewer',
    prints: /^clusterrole\.rbac\.authorization\.k8s\.io "NS-viewer" deleted$/m,
    changed: { 21: 'Warning begins with a capital' },
  },
  { args: 'auth whoami -o jsonpath={.status.userInfo.username}', prints: /^kubernetes-admin$/, since: 28 },
  { args: 'create token robot', prints: /^ey/, since: 24, varies: 'a token is signed anew' },

  // A Deployment's first day.
  { args: 'apply -f -', input: web(), prints: /^deployment\.apps\/web created$/ },
  { args: 'rollout status deployment/web --timeout=60s', prints: /successfully rolled out$/ },
  { args: 'apply -f -', input: web(), prints: /^deployment\.apps\/web unchanged$/ },
  { args: 'diff -f -', input: web(), prints: /^$/ },
  {
    args: 'diff -f -',
    input: web({ replicas: 2 }),
    code: 1,
    prints: /^-\s+replicas: 3$.*^\+\s+replicas: 2$/ms,
    changed: { 21: 'managedFields are not shown' },
  },
  {
    args: 'apply --dry-run=server -f -',
    input: web({ replicas: 2 }),
    prints: /^deployment\.apps\/web configured \(server dry run\)$/,
  },
  { args: 'apply view-last-applied deployment/web -o json', prints: /"replicas": 3/ },
  { args: 'get deployment web --no-headers', prints: /^web +3\/3 +3 +3 / },
  { args: 'get deployment web -o wide --no-headers', prints: /pinnace-test\/httpd:1 +app=web$/ },
  { args: 'get replicasets,pods -l app=web --no-headers', prints: /^replicaset\.apps\/web-\S+ +3 +3 +3 / },
  { args: 'describe deployment web', prints: /^Name: +web$.*ScalingReplicaSet/ms, varies: 'events are counted and timed' },
  { args: 'expose deployment web --port=80', prints: /^service\/web exposed$/ },
  { args: 'get service web --no-headers', prints: /^web +ClusterIP +10\.0\.0\.0 +<none> +80\/TCP +AGE$/ },
  { args: 'create service nodeport door --tcp=80:80', prints: /^service\/door created$/ },
  { args: 'create ingress web --rule=a.example.com/=web:80', prints: /^ingress\.networking\.k8s\.io\/web created$/ },
  { args: 'set image deployment/web httpd=pinnace-test/httpd:2', prints: /^deployment\.apps\/web image updated$/ },
  { args: 'set env deployment/web A=B', prints: /^deployment\.apps\/web env updated$/ },
  { args: 'set resources deployment/web --limits=cpu=200m', prints: /^deployment\.apps\/web resource requirements updated$/ },
  { args: 'rollout status deployment/web --timeout=60s', prints: /successfully rolled out$/ },
  { args: 'rollout history deployment/web', prints: /^REVISION +CHANGE-CAUSE$/m },
  {
    args: 'rollout undo deployment/web',
    prints: /^deployment\.apps\/web rolled back$/m,
    changed: { 34: 'a warning for who applies' },
  },
  { args: 'rollout pause deployment/web', prints: /^deployment\.apps\/web paused$/ },
  { args: 'rollout resume deployment/web', prints: /^deployment\.apps\/web resumed$/ },
  { args: 'rollout restart deployment/web', prints: /^deployment\.apps\/web restarted$/ },
  { args: 'scale deployment web --replicas=1', prints: /^deployment\.apps\/web scaled$/ },
  { args: 'autoscale deployment web --min=1 --max=3', prints: /^horizontalpodautoscaler\.autoscaling\/web autoscaled$/ },
  { args: 'get deployment web --subresource=scale -o jsonpath={.kind}', prints: /^Scale$/, since: 24 },

  // Pods and what runs once.
  { args: 'run one --image=pinnace-test/busybox:1 --restart=Never', prints: /^pod\/one created$/ },
  { args: 'wait --for=condition=Ready pod/one --timeout=60s', prints: /^pod\/one condition met$/ },
  { args: 'exec one -- true', prints: /was not run$/ },
  { args: 'logs one', prints: /^/ },
  { args: 'get pod one -o jsonpath={.status.phase}', prints: /^Running$/ },
  { args: 'create job once --image=pinnace-test/busybox:1', prints: /^job\.batch\/once created$/ },
  { args: 'get events --field-selector=involvedObject.name=one,reason=Scheduled -o name', prints: /^event\/one-X$/ },

  // Explanations, in three generations.
  {
    args: 'explain pod.spec.restartPolicy',
    prints: /restartPolicy/,
    changed: { 27: 'out of OpenAPI v3', 30: 'enums' },
  },
  { args: 'explain deployments --recursive', prints: /maxUnavailable/, changed: { 27: 'out of OpenAPI v3', 30: 'enums' } },
  refused('explain nonsense', /nonsense/),

  // Mistakes.
  refused('get pod none', /^Error from server \(NotFound\): pods "none" not found$/),
  refused('get nonsense', /^error: the server doesn't have a resource type "nonsense"$/),
  refused('apply -f -', /no matches for kind "Nonsense" in version "example\.com\/v1"/, {
    input: '{"apiVersion":"example.com/v1","kind":"Nonsense","metadata":{"name":"n"}}',
    changed: { 23: 'resource mapping not found, and a hint' },
  }),
  refused('apply -f -', /unknown field|ValidationError/, {
    input: settings({}, { nonsense: 1 }),
    changed: { 25: 'the server validates' },
  }),
  refused('apply -f -', /spec\.replicas/, {
    input: web().replace('replicas: 3', 'replicas: many'),
    changed: { 25: 'the server validates' },
  }),
  refused('create -f -', /^The ConfigMap "-" is invalid: metadata\.name: Invalid value: "-"/, {
    input: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"-"}}',
  }),

  // The end.
  { args: 'apply --server-side -f -', input: settings({ z: 'y' }), prints: /serverside-applied$/, code: 0 },
  { args: 'delete configmap settings', prints: /^configmap "settings" deleted/, changed: namesNamespace },
  { args: 'delete deployment web --cascade=foreground', prints: /^deployment\.apps "web" deleted/, changed: namesNamespace },
  { args: 'delete pod one --now', prints: /^pod "one" deleted/, changed: namesNamespace },
  { args: 'delete services --all', prints: /^service "door" deleted/m, changed: namesNamespace },
  { args: 'delete secret none --ignore-not-found', prints: /^$/ },
]

import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { web } from './manifests.ts'

const nameRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

const configMap = (fields: string, name = 'it'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${fields}`
const podOf = (spec: string): string => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: it\nspec:\n${spec}`

/** What is asked, and all that kubectl prints of the answer. */
interface Case {
  readonly title: string
  readonly args: string | readonly string[]
  readonly input?: string
  readonly says: string | RegExp
}

const cases: readonly Case[] = [
  {
    title: 'a name that no object may have',
    args: 'create configmap Bad_Name',
    says: `error: failed to create configmap: ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": ${nameRule}`,
  },
  {
    title: 'the same, from a file',
    args: 'create -f -',
    input: configMap('', 'Bad_Name'),
    says: `The ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": ${nameRule}`,
  },
  {
    title: 'a namespace whose name is no label',
    args: 'create namespace a.b',
    says: `The Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots`,
  },
  {
    title: 'an object without a name',
    args: 'create -f -',
    input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}',
    says: 'The ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    title: 'a label value with a blank',
    args: 'create -f -',
    input: configMap('  labels: {a: "b c"}'),
    says: `The ConfigMap "it" is invalid: metadata.labels: Invalid value: "b c": ${labelValueRule}`,
  },
  {
    title: 'an unknown field, --validate=strict',
    args: 'create --validate=strict -f -',
    input: configMap('extra: 1'),
    says: 'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "extra"',
  },
  {
    title: 'unknown fields deep below, --validate=strict',
    args: 'apply --validate=strict -f -',
    input: podOf('  containers: [{name: a, image: b, imge: c, ports: [{containerport: 80, containerPort: 80}]}]'),
    says: 'Error from server (BadRequest): error when creating "STDIN": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].imge", unknown field "spec.containers[0].ports[0].containerport"',
  },
  {
    title: 'a wrong type',
    args: 'create -f -',
    input: web().replace('replicas: 3', 'replicas: three'),
    says: 'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    title: 'broken YAML',
    args: 'create -f -',
    input: 'apiVersion: v1\nkind: [ConfigMap\n',
    says: "error: error parsing STDIN: error converting YAML to JSON: yaml: line 2: did not find expected ',' or ']'",
  },
  {
    title: 'a kind that there is not',
    args: 'create -f -',
    input: 'apiVersion: v1\nkind: Nosuch\nmetadata: {name: it}',
    says: 'error: resource mapping not found for name: "it" namespace: "" from "STDIN": no matches for kind "Nosuch" in version "v1"\nensure CRDs are installed first',
  },
  { title: 'a resource that there is not', args: 'get nosuch', says: 'error: the server doesn\'t have a resource type "nosuch"' },
  {
    title: 'a path that there is not',
    args: 'get --raw /api/v1/nosuch',
    says: 'Error from server (NotFound): the server could not find the requested resource',
  },
  {
    title: 'an object that there is not',
    args: 'get configmap nosuch',
    says: 'Error from server (NotFound): configmaps "nosuch" not found',
  },
  {
    title: 'an object of a group that there is not',
    args: 'get deployment.apps nosuch',
    says: 'Error from server (NotFound): deployments.apps "nosuch" not found',
  },
  {
    title: 'a namespace that there is not',
    args: 'create configmap it -n nosuch',
    says: 'error: failed to create configmap: namespaces "nosuch" not found',
  },
  {
    title: 'what is there already',
    args: 'create configmap taken',
    says: 'error: failed to create configmap: configmaps "taken" already exists',
  },
  {
    title: 'the same, from a file',
    args: 'create -f -',
    input: configMap('', 'taken'),
    says: 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "taken" already exists',
  },
  {
    title: 'a template that its selector does not select',
    args: 'create -f -',
    input: web().replace('matchLabels: {app: web}', 'matchLabels: {app: other}'),
    says: 'The Deployment "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  },
  {
    title: 'several wrong things at once',
    args: 'create -f -',
    input: podOf('  restartPolicy: Perhaps\n  containers: [{name: A_1, image: b}]'),
    says: `The Pod "it" is invalid: 
      * spec.containers[0].name: Invalid value: "A_1": ${labelRule}
      * spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "OnFailure", "Never"`,
  },
  {
    title: 'a pod without containers',
    args: 'create -f -',
    input: podOf('  containers: []'),
    says: 'The Pod "it" is invalid: spec.containers: Required value',
  },
  {
    title: 'a Service without ports',
    args: 'create -f -',
    input: 'apiVersion: v1\nkind: Service\nmetadata: {name: it}\nspec: {selector: {a: b}}',
    says: 'The Service "it" is invalid: spec.ports: Required value',
  },
  {
    title: 'a field by which nobody can select',
    args: 'get pods --field-selector spec.foo=1',
    says: 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.foo=1": field label not supported: spec.foo',
  },
  {
    title: 'a label selector that is none',
    args: ['get', 'pods', '-l', 'a in b'],
    says: 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "a in b", field selector "": unable to parse requirement: found \'b\' expected: \'(\'',
  },
  {
    title: 'a JSON patch that does not fit',
    args: ['patch', 'configmap', 'taken', '--type=json', '-p', '[{"op":"remove","path":"/data/nosuch"}]'],
    says: 'The request is invalid: the server rejected our request due to an error in our request',
  },
  {
    title: 'a merge patch of the wrong type',
    args: ['patch', 'configmap', 'taken', '--type=merge', '-p', '{"data":{"a":1}}'],
    says: /^The request is invalid: patch: Invalid value: "\{.*\\"data\\":\{\\"a\\":1\}.*\}": json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/,
  },
  {
    title: 'a patch of a name',
    args: ['patch', 'configmap', 'taken', '--type=merge', '-p', '{"metadata":{"name":"other"}}'],
    says: 'Error from server (BadRequest): the name of the object (other) does not match the name on the URL (taken)',
  },
  {
    title: 'a scale below zero',
    args: 'scale deployment nosuch --replicas=1',
    says: 'error: no objects passed to scale deployments.apps "nosuch" not found',
  },
  {
    title: 'a log of a pod that there is not',
    args: 'logs nosuch',
    says: 'error: error from server (NotFound): pods "nosuch" not found in namespace "default"',
  },
]

describe('bad input gets the answer that upstream gives: through kubectl', function () {
  this.timeout(30_000)
  const kubectl = clusterForSuite({ runtime: 'simulated' })

  before(async () => {
    await kubectl().ok('create configmap taken --from-literal=a=b')
  })

  for (const { title, args, input, says } of cases)
    it(title, async () => {
      const said = await kubectl().fails(args, input === undefined ? {} : { input })
      if (typeof says === 'string') assert.equal(said, says.replace(/\n {6}/g, '\n'))
      else assert.match(said, says)
    })

  it('an unknown field with --validate=warn is warned of, and the rest is created', async () => {
    const { code, stdout, stderr } = await kubectl().run('create --validate=warn -f -', {
      input: configMap('extra: 1', 'warned'),
    })
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: 'configmap/warned created\n', stderr: 'Warning: unknown field "extra"\n' },
    )
  })

  it('an unknown field with --validate=ignore is dropped without a word', async () => {
    const { code, stderr } = await kubectl().run('create --validate=ignore -f -', { input: configMap('extra: 1', 'ignored') })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.doesNotMatch(await kubectl().ok('get configmap ignored -o yaml'), /extra/)
  })

  it('a replace with a stale resourceVersion is a conflict', async () => {
    const stale = await kubectl().ok('get configmap taken -o json')
    await kubectl().ok('annotate configmap taken changed=since --overwrite')
    assert.equal(
      await kubectl().fails('replace -f -', { input: stale }),
      'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "taken": the object has been modified; please apply your changes to the latest version and try again',
    )
  })

  it('a selector of a Deployment cannot be changed', async () => {
    await kubectl().ok('apply -f -', { input: web({ name: 'fixed', replicas: 0 }) })
    const changed = web({ name: 'fixed', replicas: 0 }).replaceAll('{app: fixed}', '{app: changed}')
    assert.equal(
      await kubectl().fails('apply -f -', { input: changed }),
      'The Deployment "fixed" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"changed"}}: field is immutable',
    )
  })

  it("a pod's containers cannot be changed but for their images", async () => {
    await kubectl().ok('run fixed --image=a')
    const says = await kubectl().fails([
      'patch',
      'pod',
      'fixed',
      '-p',
      '{"spec":{"containers":[{"name":"fixed","command":["b"]}]}}',
    ])
    assert.match(
      says,
      /^The Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers\[\*\]\.image`,`spec\.activeDeadlineSeconds`,`spec\.tolerations` \(only additions to existing tolerations\),`spec\.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)/,
    )
  })

  describe('who may not', () => {
    const as = (user: string): string => `--server=${server} --insecure-skip-tls-verify --kubeconfig=/dev/null --token=${user}`
    let server = ''
    before(async () => {
      server = await kubectl().ok('config view --minify -o jsonpath={.clusters[0].cluster.server}')
      await kubectl().ok('create serviceaccount nobody')
    })

    it('a service account without rights is forbidden, and told what', async () => {
      const token = await kubectl().ok('create token nobody')
      const who = 'User "system:serviceaccount:default:nobody"'
      for (const [args, says] of [
        ['get pods', `pods is forbidden: ${who} cannot list resource "pods" in API group "" in the namespace "default"`],
        ['get pods -A', `pods is forbidden: ${who} cannot list resource "pods" in API group "" at the cluster scope`],
        [
          'get deployment web',
          `deployments.apps "web" is forbidden: ${who} cannot get resource "deployments" in API group "apps" in the namespace "default"`,
        ],
        [
          'delete node node-1',
          `nodes "node-1" is forbidden: ${who} cannot delete resource "nodes" in API group "" at the cluster scope`,
        ],
        ['get --raw /metrics', `forbidden: ${who} cannot get path "/metrics"`],
      ])
        assert.equal(await kubectl().fails(`${args} ${as(token)}`), `Error from server (Forbidden): ${says}`)
    })

    it('a token that is none is unauthorized', async () => {
      assert.equal(
        await kubectl().fails(`get --raw /api/v1/pods ${as('wrong')}`),
        'error: You must be logged in to the server (Unauthorized)',
      )
      const says = await kubectl().fails(`get pods ${as('wrong')}`)
      assert.match(
        says,
        /^error: You must be logged in to the server \((the server has asked for the client to provide credentials|Unauthorized)\)$/m,
      )
    })
  })
})

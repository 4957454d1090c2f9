import assert from 'node:assert/strict'
import { clusterForSuite, longestWaitMs } from './cluster.ts'
import { eventually } from './eventually.ts'
import { type Answer, type Send, sender } from './https.ts'

const home = 'escalation'
const core = `/api/v1/namespaces/${home}`
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const roles = `${rbac}/namespaces/${home}/roles`
const bindings = `${rbac}/namespaces/${home}/rolebindings`

describe('whoever tries to get more than they have', function () {
  this.timeout(longestWaitMs)
  const cluster = clusterForSuite({ runtime: 'simulated', nodes: 2 })
  let send: Awaited<ReturnType<typeof sender>>
  before(async () => {
    send = await sender(cluster())
    await cluster().ok(`create namespace ${home}`)
    await eventually(() => cluster().ok(`get serviceaccount default -n ${home}`))
  })
  after(() => cluster().run(`delete namespace ${home} --wait=false`))

  /** Sends as somebody, by impersonation. */
  const as =
    (user: string, ...groups: readonly string[]) =>
    (method: string, path: string, body?: object): Promise<Answer> => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const who = { 'impersonate-user': user, ...(groups.length > 0 && { 'impersonate-group': [...groups] }) }
      const sent: Send = { method, headers: { ...who, 'content-type': type }, ...(body && { body: JSON.stringify(body) }) }
      return send(path, sent)
    }
  const master = as('root', 'system:masters')
  const must = async (made: Promise<Answer>): Promise<Answer> => {
    const answer = await made
    assert.ok(answer.code < 300, `${answer.code} ${answer.text}`)
    return answer
  }
  const refused = async (asked: Promise<Answer>, message: RegExp): Promise<void> => {
    const { code, text, json } = await asked
    assert.equal(code, 403, text)
    assert.match(json().message, message)
  }
  const rule = (verbs: string[], apiGroup: string, resources: string[]) => ({ verbs, apiGroups: [apiGroup], resources })
  const group = 'rbac.authorization.k8s.io'
  const roleRef = (kind: string, name: string) => ({ apiGroup: group, kind, name })
  const bound = (name: string, ref: object, user: string) => ({
    metadata: { name },
    roleRef: ref,
    subjects: [{ kind: 'User', apiGroup: group, name: user }],
  })
  /** Gives a user rules of a role of its own, and waits until they hold. */
  const grant = async (user: string, rules: object[]): Promise<void> => {
    await must(master('POST', roles, { metadata: { name: user }, rules }))
    await must(master('POST', bindings, bound(user, roleRef('Role', user), user)))
    const spec = { namespace: home }
    await eventually(async () => {
      const { text } = await as(user)('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec })
      assert.ok(text.includes(JSON.stringify((rules[0] as { resources: string[] }).resources)))
    })
  }

  it('does not bind a role that they do not hold, unless they may bind it', async () => {
    await grant('binder', [rule(['create'], group, ['rolebindings'])])
    const binder = as('binder')
    await refused(
      binder('POST', bindings, bound('more', roleRef('ClusterRole', 'view'), 'binder')),
      /^rolebindings.rbac.authorization.k8s.io "more" is forbidden: user "binder" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:/,
    )
    await refused(
      binder('POST', bindings, bound('all', roleRef('ClusterRole', 'cluster-admin'), 'binder')),
      /\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}/,
    )
    await must(binder('POST', bindings, bound('same', roleRef('Role', 'binder'), 'another')))
    await must(
      master('PATCH', `${roles}/binder`, {
        rules: [
          rule(['create'], group, ['rolebindings']),
          { ...rule(['bind'], group, ['clusterroles']), resourceNames: ['view'] },
        ],
      }),
    )
    await eventually(() => must(binder('POST', bindings, bound('seen', roleRef('ClusterRole', 'view'), 'binder'))))
    await refused(binder('POST', bindings, bound('all', roleRef('ClusterRole', 'edit'), 'binder')), /not currently held/)
  })

  it('does not edit their own role to say more, unless they may escalate it', async () => {
    const mine = rule(['get', 'update', 'patch'], group, ['roles'])
    await grant('editor', [mine])
    const more = { rules: [mine, rule(['get', 'list'], '', ['secrets'])] }
    await refused(
      as('editor')('PATCH', `${roles}/editor`, more),
      /not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get" "list"\]\}$/,
    )
    await must(as('editor')('PATCH', `${roles}/editor`, { rules: [rule(['patch', 'update'], group, ['roles'])] }))
    await must(master('PATCH', `${roles}/editor`, { rules: [{ ...mine, verbs: [...mine.verbs, 'escalate'] }] }))
    await eventually(() => must(as('editor')('PATCH', `${roles}/editor`, more)))
  })

  it('does not let a role gather up all others', async () => {
    const name = 'escalation-gatherer'
    await must(master('POST', `${rbac}/clusterroles`, { metadata: { name }, rules: [rule(['create'], group, ['clusterroles'])] }))
    await must(master('POST', `${rbac}/clusterrolebindings`, bound(name, roleRef('ClusterRole', name), 'gatherer')))
    const body = { metadata: { name: 'all' }, aggregationRule: { clusterRoleSelectors: [{}] } }
    await eventually(async () => {
      await refused(
        as('gatherer')('POST', `${rbac}/clusterroles`, body),
        /must have cluster-admin privileges to use the aggregationRule$/,
      )
    })
    for (const kind of ['clusterroles', 'clusterrolebindings']) await master('DELETE', `${rbac}/${kind}/${name}`)
  })

  it('does not come as somebody else without the right to', async () => {
    await cluster().ok(`create serviceaccount robot -n ${home}`)
    const token = await cluster().ok(`create token robot -n ${home}`)
    const robot = (headers: object): Promise<Answer> =>
      send('/api/v1/nodes', { anonymous: true, headers: { authorization: `Bearer ${token}`, ...headers } })
    await refused(robot({ 'impersonate-user': 'root' }), /cannot impersonate resource "users" in API group ""/)
    await refused(
      robot({ 'impersonate-user': 'system:serviceaccount:kube-system:x' }),
      /cannot impersonate resource "serviceaccounts"/,
    )
    await grant('system:serviceaccount:escalation:robot', [rule(['impersonate'], '', ['serviceaccounts'])])
    const self = { 'impersonate-user': `system:serviceaccount:${home}:default` }
    await refused(robot(self), /User "system:serviceaccount:escalation:default" cannot list resource "nodes"/)
    for (const [more, message] of [
      [{ 'impersonate-group': 'system:masters' }, /cannot impersonate resource "groups"/],
      [{ 'impersonate-uid': 'x' }, /cannot impersonate resource "uids" in API group "authentication.k8s.io"/],
      [
        { 'impersonate-extra-scopes': 'x' },
        /cannot impersonate resource "userextras\/scopes" in API group "authentication.k8s.io"/,
      ],
    ] as const)
      await refused(robot({ ...self, ...more }), message)
    assert.equal((await robot({ 'x-remote-user': 'root', 'x-remote-group': 'system:masters' })).code, 403)
  })

  it('does not reach out of a namespace by a role in it, whatever the role says', async () => {
    await must(master('POST', bindings, bound('lord', roleRef('ClusterRole', 'cluster-admin'), 'lord')))
    const lord = as('lord')
    await eventually(() => must(lord('GET', `${core}/secrets`)))
    for (const path of [
      '/api/v1/nodes',
      '/api/v1/secrets',
      '/api/v1/namespaces',
      '/api/v1/namespaces/kube-system/secrets',
      '/metrics',
      `${rbac}/clusterroles`,
    ])
      assert.equal((await lord('GET', path)).code, 403, path)
    await refused(
      lord('POST', `${rbac}/clusterrolebindings`, bound('x', roleRef('ClusterRole', 'cluster-admin'), 'lord')),
      /at the cluster scope$/,
    )
    await refused(lord('DELETE', '/api/v1/namespaces/kube-public'), /cannot delete resource "namespaces"/)
  })

  it('does not trick the way by a path that reads as another', async () => {
    await cluster().ok(`create secret generic treasure -n ${home} --from-literal=gold=heap`)
    await must(
      master('POST', `${rbac}/clusterroles`, {
        metadata: { name: 'escalation-health' },
        rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz/*', '/logs/*'] }],
      }),
    )
    await must(
      master(
        'POST',
        `${rbac}/clusterrolebindings`,
        bound('escalation-health', roleRef('ClusterRole', 'escalation-health'), 'thief'),
      ),
    )
    const secrets = `namespaces/${home}/secrets`
    for (const path of [
      `//api/v1/${secrets}`,
      `/api//v1/${secrets}`,
      `/api/v1//${secrets}`,
      `/api/v1/${secrets}/`,
      `/API/v1/${secrets}`,
      `/api/V1/${secrets}`,
      `/api/v1/Namespaces/${home}/Secrets`,
      `/api%2fv1/${secrets}`,
      `/api/v1/namespaces%2f${home}%2fsecrets`,
      `/healthz/../api/v1/${secrets}`,
      `/healthz/%2e%2e/api/v1/${secrets}`,
      `/healthz%2f..%2fapi/v1/${secrets}`,
      `/logs/..%2f..%2fapi%2fv1%2f${secrets}`,
      `/api/v1/namespaces/default/..%2f${home}/secrets`,
      `/api/v1/namespaces/./${home}/secrets/treasure`,
      `/api/v1/watch/${secrets}?timeoutSeconds=1`,
      `/api/v1/proxy/${secrets}`,
      `/healthz/../metrics`,
      `/healthz?x=/api/v1/${secrets}`,
    ]) {
      const { code, text } = await as('thief')('GET', path)
      assert.ok(code < 500 && !text.includes('aGVhcA=='), `${path}: ${code} ${text.slice(0, 200)}`)
      if (!path.startsWith('/healthz?')) assert.ok(code >= 400, `${path}: ${code}`)
    }
    for (const kind of ['clusterroles', 'clusterrolebindings']) await master('DELETE', `${rbac}/${kind}/escalation-health`)
  })

  describe('as a kubelet', () => {
    const kubelet = as('system:node:node-1', 'system:nodes')
    const pod = (name: string, node: string, secret: string) => ({
      metadata: { name },
      spec: { nodeName: node, containers: [{ name: 'c', image: 'x' }], volumes: [{ name: 's', secret: { secretName: secret } }] },
    })

    it('reads what its own pods need, and nothing else', async () => {
      for (const name of ['mine', 'theirs']) await cluster().ok(`create secret generic ${name} -n ${home} --from-literal=a=b`)
      await must(master('POST', `${core}/pods`, pod('on-1', 'node-1', 'mine')))
      await must(master('POST', `${core}/pods`, pod('on-2', 'node-2', 'theirs')))
      await eventually(() => must(kubelet('GET', `${core}/secrets/mine`)))
      await refused(kubelet('GET', `${core}/secrets/theirs`), /: no relationship found between node 'node-1' and this object$/)
      await refused(kubelet('GET', `${core}/secrets`), /: No Object name found$/)
      await refused(kubelet('GET', `${core}/pods/on-2`), /no relationship found/)
      await refused(kubelet('GET', '/api/v1/pods'), /can only list\/watch pods with spec.nodeName field selector$/)
      await refused(kubelet('GET', '/api/v1/nodes/node-2'), /node 'node-1' cannot read 'node-2', only its own Node object$/)
      const tokens = `${core}/serviceaccounts/default/token`
      await refused(kubelet('POST', tokens, { spec: {} }), /node requested token not bound to a pod$/)
      const { json } = await master('GET', `${core}/pods/on-2`)
      const { uid } = json<{ metadata: { uid: string } }>().metadata
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'on-2', uid }
      await refused(kubelet('POST', tokens, { spec: { boundObjectRef } }), /bound to a pod scheduled on a different node$/)
    })

    it('writes about its own node and pods only', async () => {
      const node = '/api/v1/nodes/node-1'
      await refused(
        kubelet('PATCH', node, { metadata: { labels: { 'node-restriction.kubernetes.io/vault': 'yes' } } }),
        /^nodes "node-1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io\/vault$/,
      )
      await refused(
        kubelet('PATCH', node, { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } }),
        /not allowed to modify labels/,
      )
      await refused(
        kubelet('PATCH', node, { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
        /node "node-1" is not allowed to modify taints$/,
      )
      await refused(
        kubelet('PATCH', '/api/v1/nodes/node-2', { metadata: { labels: { a: 'b' } } }),
        /node "node-1" is not allowed to modify node "node-2"$/,
      )
      await refused(
        kubelet('DELETE', `${core}/pods/on-2`),
        /node "node-1" can only delete pods with spec.nodeName set to itself$/,
      )
      await refused(kubelet('POST', `${core}/pods`, pod('spy', 'node-1', 'theirs')), /can only create mirror pods$/)
      await refused(
        kubelet('PATCH', `${core}/pods/on-2/status`, { status: { phase: 'Failed' } }),
        /can only update pod status for pods with spec.nodeName set to itself$/,
      )
    })
  })

  it('gets no privileged container past the standard of a namespace: by template, update or ephemeral container', async () => {
    const safe = `${home}-safe`
    await cluster().ok(`create namespace ${safe}`)
    await eventually(() => cluster().ok(`get serviceaccount default -n ${safe}`))
    await cluster().ok(`label namespace ${safe} pod-security.kubernetes.io/enforce=baseline`)
    const at = `/api/v1/namespaces/${safe}`
    const privileged = { name: 'c', image: 'x', securityContext: { privileged: true } }
    const violates =
      /violates PodSecurity "baseline:latest": privileged \(container "c" must not set securityContext.privileged=true\)/
    await eventually(() =>
      refused(master('POST', `${at}/pods`, { metadata: { name: 'p' }, spec: { containers: [privileged] } }), violates),
    )
    await must(master('POST', `${at}/pods`, { metadata: { name: 'p' }, spec: { containers: [{ name: 'main', image: 'x' }] } }))
    await refused(master('PATCH', `${at}/pods/p/ephemeralcontainers`, { spec: { ephemeralContainers: [privileged] } }), violates)
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [privileged] } }
    const made = await must(
      master('POST', `/apis/apps/v1/namespaces/${safe}/replicasets`, {
        metadata: { name: 'r' },
        spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template },
      }),
    )
    assert.match(String(made.headers.warning), /would violate PodSecurity/)
    await eventually(async () => assert.match((await master('GET', `${at}/events`)).text, /violates PodSecurity/))
    assert.ok(!(await master('GET', `${at}/pods`)).text.includes('privileged'))
    await cluster().run(`delete namespace ${safe} --wait=false`)
  })

  it('gets no more than a quota gives, with 200 creates at once', async () => {
    const narrow = `${home}-narrow`
    await cluster().ok(`create namespace ${narrow}`)
    await eventually(() => cluster().ok(`get serviceaccount default -n ${narrow}`))
    await cluster().ok(`create quota q --hard=pods=50 -n ${narrow}`)
    await eventually(async () =>
      assert.equal(await cluster().ok(`get quota q -n ${narrow} -o jsonpath={.status.used.pods}`), '0'),
    )
    const at = `/api/v1/namespaces/${narrow}`
    const spec = { nodeName: 'nowhere', containers: [{ name: 'c', image: 'x' }] }
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => master('POST', `${at}/pods`, { metadata: { name: `p-${n}` }, spec })),
    )
    assert.equal(answers.filter(({ code }) => code === 201).length, 50)
    for (const { code, json } of answers)
      if (code !== 201)
        assert.match(json().message, /is forbidden: exceeded quota: q, requested: pods=1, used: pods=50, limited: pods=50$/)
    assert.equal(await cluster().ok(`get quota q -n ${narrow} -o jsonpath={.status.used.pods}`), '50')
    await cluster().run(`delete namespace ${narrow} --wait=false`)
  })
})

import assert from 'node:assert/strict'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { isLater } from './harness/objects.ts'
import { exec, output, pod, script, start } from './harness/pods.ts'

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount'

interface TokenReview {
  readonly status: {
    readonly authenticated: boolean
    readonly error?: string
    readonly user: { readonly username: string; readonly groups: string[]; readonly extra: Record<string, string[]> }
  }
}

conformance('sig-auth', 'ServiceAccounts', {
  'should mount an API token into pods': async t => {
    await t.of('serviceaccounts').create({ metadata: { name: 'mount-test' } })
    const it = await start(t, pod('it', { serviceAccountName: 'mount-test', restartPolicy: 'Never' }))
    const node = await t.of('nodes').get(it.spec!.nodeName!)
    const read = (file: string): Promise<string> => exec(t, 'it', ['cat', `${mounted}/${file}`])
    const rootCA = (await t.of('configmaps').get('kube-root-ca.crt')).data!['ca.crt']!
    assert.equal((await read('ca.crt')).trimEnd(), rootCA.trimEnd())
    assert.equal(await read('namespace'), t.namespace)
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: await read('token') } }
    const { status } = await t.http.send<TokenReview>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body })
    assert.ok(status.authenticated)
    assert.ok(!status.error)
    assert.equal(status.user.username, `system:serviceaccount:${t.namespace}:mount-test`)
    for (const group of ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${t.namespace}`])
      assert.ok(status.user.groups.includes(group), group)
    const extra = (what: string): string[] | undefined => status.user.extra[`authentication.kubernetes.io/${what}`]
    assert.match(extra('credential-id')?.join() ?? '', /^JTI=[^,]+$/)
    assert.deepEqual(extra('pod-name'), ['it'])
    assert.deepEqual(extra('pod-uid'), [it.metadata?.uid])
    assert.deepEqual(extra('node-name'), [it.spec?.nodeName])
    assert.deepEqual(extra('node-uid'), [node.metadata?.uid])
  },

  'should mount projected service account token': async t => {
    const sources = [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }]
    const containers = [
      script('cat /test-volume/token', { volumeMounts: [{ name: 'it', mountPath: '/test-volume', readOnly: true }] }),
    ]
    const it = pod('it', { restartPolicy: 'Never', containers, volumes: [{ name: 'it', projected: { sources } }] })
    assert.match(await output(t, it), /^[A-Za-z0-9-_=]+\.[A-Za-z0-9-_=]+\.?[A-Za-z0-9-_.+/=]*$/)
  },

  // Upstream's pod asks and verifies; here it is asked for its tokens, and the rest is done with them from outside.
  'ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer': async t => {
    const audience = 'oidc-discovery-test'
    const role = 'system:service-account-issuer-discovery'
    const binding = `${t.namespace}-${role}`
    const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
    t.defer(() => t.http.send('DELETE', `${rbac}/${binding}`))
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: t.namespace }]
    const roleRef = { kind: 'ClusterRole', name: role, apiGroup: 'rbac.authorization.k8s.io' }
    const body = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: binding },
      subjects,
      roleRef,
    }
    await t.http.send('POST', rbac, { body })
    const sources = [{ serviceAccountToken: { path: 'sa-token', expirationSeconds: 600, audience } }]
    const containers = [script('sleep 600 & wait', { volumeMounts: [{ name: 'tokens', mountPath: '/tokens', readOnly: true }] })]
    await start(t, pod('it', { containers, volumes: [{ name: 'tokens', projected: { sources } }] }))
    const self = await t.http.bearing(await exec(t, 'it', ['cat', `${mounted}/token`]))
    const found = await self.send<{ issuer: string; jwks_uri: string }>('GET', '/.well-known/openid-configuration')
    const keys = await self.send<JSONWebKeySet>('GET', new URL(found.jwks_uri).pathname)
    const { payload } = await jwtVerify(await exec(t, 'it', ['cat', '/tokens/sa-token']), createLocalJWKSet(keys), {
      issuer: found.issuer,
      audience,
    })
    assert.equal(payload.sub, `system:serviceaccount:${t.namespace}:default`)
  },

  'should allow opting out of API token automount': async t => {
    await t.of('serviceaccounts').create({ metadata: { name: 'mount' }, automountServiceAccountToken: true })
    await t.of('serviceaccounts').create({ metadata: { name: 'nomount' }, automountServiceAccountToken: false })
    for (const [serviceAccountName, automount, wanted] of [
      ['default', undefined, true],
      ['mount', undefined, true],
      ['nomount', undefined, false],
      ['default', true, true],
      ['mount', true, true],
      ['nomount', true, true],
      ['default', false, false],
      ['mount', false, false],
      ['nomount', false, false],
    ] as const) {
      const spec = { serviceAccountName, ...(automount !== undefined && { automountServiceAccountToken: automount }) }
      const created = await t.of('pods').create(pod(`${serviceAccountName}-${automount}`, spec))
      const mounts = created.spec?.containers.flatMap(({ volumeMounts }) => volumeMounts ?? []) ?? []
      assert.equal(
        mounts.some(({ mountPath }) => mountPath === mounted),
        wanted,
        `${serviceAccountName} ${automount}`,
      )
    }
  },

  'should run through the lifecycle of a ServiceAccount': async t => {
    const accounts = t.of('serviceaccounts')
    const selector = 'test-serviceaccount-static=true'
    const created = await accounts.create({ metadata: { name: 'it', labels: { 'test-serviceaccount-static': 'true' } } })
    assert.equal((await accounts.get('it')).metadata?.uid, created.metadata?.uid)
    const watching = await accounts.watch({ labelSelector: selector, timeoutSeconds: 180 }).begun()
    t.defer(() => watching.stop())
    await watching.until('ADDED')
    isLater(await accounts.patch('it', { automountServiceAccountToken: false }, { type: 'strategic' }), created)
    await watching.until('MODIFIED')
    const everywhere = await t.of('serviceaccounts', '').items(selector)
    assert.ok(everywhere.some(it => it.metadata?.namespace === t.namespace && it.automountServiceAccountToken === false))
    await accounts.deleteCollection({})
    await watching.until('DELETED')
  },

  'should guarantee kube-root-ca.crt exist in any namespace': async t => {
    const configMaps = t.of('configmaps')
    const certificate = (): Promise<string> =>
      eventually(async () => {
        const text = (await configMaps.get('kube-root-ca.crt')).data?.['ca.crt']
        assert.ok(text)
        return text
      })
    await certificate()
    await configMaps.delete('kube-root-ca.crt')
    const again = await certificate()
    await configMaps.update({ metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': '' } })
    assert.equal(await certificate(), again)
  },

  'should update a ServiceAccount': async t => {
    const accounts = t.of('serviceaccounts')
    const created = await accounts.create({ metadata: { name: 'it' }, automountServiceAccountToken: false })
    assert.equal(created.automountServiceAccountToken, false)
    const updated = await accounts.change('it', it => {
      it.automountServiceAccountToken = true
    })
    assert.equal(updated.automountServiceAccountToken, true)
  },
})

conformance('sig-auth', 'SubjectReview', {
  'should support SubjectReview API operations': async t => {
    const name = 'e2e'
    await t.of('serviceaccounts').create({ metadata: { name } })
    const user = `system:serviceaccount:${t.namespace}:${name}`
    const group = '/apis/authorization.k8s.io/v1'
    const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace: t.namespace, version: 'v1' }
    const review = (kind: string, path: string, spec: object): Promise<{ status: { allowed: boolean } }> =>
      t.http.send('POST', `${group}${path}`, { body: { apiVersion: 'authorization.k8s.io/v1', kind, spec } })
    const subject = await review('SubjectAccessReview', '/subjectaccessreviews', { resourceAttributes, user })
    const { token } = (
      await t.http.send<{ status: { token: string } }>('POST', `${t.of('serviceaccounts').path}/${name}/token`, {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      })
    ).status
    const self = await t.http.bearing(token)
    const isRefused = (await self.ask('GET', t.of('configmaps').path)).code === 403
    assert.equal(subject.status.allowed, !isRefused)
    const path = `/namespaces/${t.namespace}/localsubjectaccessreviews`
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'LocalSubjectAccessReview',
      metadata: { namespace: t.namespace },
      spec: { resourceAttributes, user },
    }
    const local = await t.http.send<{ status: { allowed: boolean } }>('POST', `${group}${path}`, { body })
    assert.equal(local.status.allowed, !isRefused)
  },
})

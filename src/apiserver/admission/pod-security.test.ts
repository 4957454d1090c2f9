import assert from 'node:assert/strict'
import { assertRefused, pod, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { configurationOf } from './pod-security/configuration.ts'

describe('pod security', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const namespace = async (name: string, labels: object): Promise<Reply> => {
    const made = await api.admin('POST', '/api/v1/namespaces', { metadata: { name, labels } })
    await api.admin('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
    return made
  }
  const label = (mode: string, value: string) => ({ [`pod-security.kubernetes.io/${mode}`]: value })
  const warnings = ({ headers }: Reply): string => String(headers.warning ?? '')
  const careful = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      { name: 'main', image: 'x', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
    ],
  }
  const create = (at: string, name: string, spec: object): Promise<Reply> =>
    api.admin('POST', `/api/v1/namespaces/${at}/pods`, pod(name, spec))

  it('refuses what violates the level that is enforced, and says all that is wrong', async () => {
    await namespace('restricted', label('enforce', 'restricted'))
    assertRefused(await create('restricted', 'p', { hostNetwork: true }), {
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    })
    assert.equal((await create('restricted', 'q', careful)).code, 201)
  })

  it('is as strict as the version that is asked for was', async () => {
    await namespace('old', { ...label('enforce', 'restricted'), ...label('enforce-version', 'v1.7') })
    const spec = { securityContext: { runAsNonRoot: true }, containers: [{ name: 'main', image: 'x' }] }
    assert.equal((await create('old', 'p', spec)).code, 201)
  })

  it('is not got round by another image, or by a container that is added later', async () => {
    await namespace('later', {})
    assert.equal((await create('later', 'p', {})).code, 201)
    await api.admin('PATCH', '/api/v1/namespaces/later', { metadata: { labels: label('enforce', 'baseline') } })
    const at = '/api/v1/namespaces/later/pods/p'
    const debug = { name: 'debug', image: 'x', targetContainerName: 'main', securityContext: { privileged: true } }
    const added = await api.admin('PATCH', `${at}/ephemeralcontainers`, { spec: { ephemeralContainers: [debug] } })
    assertRefused(added, { code: 403, reason: 'Forbidden', message: /privileged \(container "debug" must not set/ })
    assert.equal((await api.admin('PATCH', at, { metadata: { labels: { a: 'b' } } })).code, 200)
  })

  it('warns of templates that would make such pods, but takes them', async () => {
    await namespace('warned', label('enforce', 'baseline'))
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { hostPID: true, containers: [{ name: 'main', image: 'x' }] },
    }
    const spec = { selector: { matchLabels: { a: 'b' } }, template }
    const reply = await api.admin('POST', '/apis/apps/v1/namespaces/warned/deployments', { metadata: { name: 'd' }, spec })
    assert.equal(reply.code, 201)
    assert.match(warnings(reply), /would violate PodSecurity \\?"baseline:latest\\?": host namespaces \(hostPID=true\)/)
  })

  it('warns of pods that stand already when a stricter level is set', async () => {
    await namespace('standing', {})
    for (const name of ['b', 'a', 'c']) await create('standing', name, { hostIPC: true })
    const reply = await api.admin('PATCH', '/api/v1/namespaces/standing', { metadata: { labels: label('enforce', 'baseline') } })
    assert.equal(reply.code, 200)
    assert.match(
      warnings(reply),
      /existing pods in namespace \\"standing\\" violate the new PodSecurity enforce level \\"baseline:latest\\"/,
    )
    assert.match(warnings(reply), /a \(and 2 other pods\): host namespaces/)
  })

  it('refuses labels that mean nothing', async () => {
    const reply = await namespace('wrong', { ...label('enforce', 'strict'), ...label('warn-version', '1.2') })
    assertRefused(reply, {
      code: 422,
      reason: 'Invalid',
      message:
        /metadata.labels\[pod-security.kubernetes.io\/enforce\]: Invalid value: "strict": must be one of privileged, baseline, restricted.*must be "latest" or "v1.x"/,
    })
  })
})

describe('the configuration of pod security', () => {
  const head = { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration' }

  it('says what holds where labels say nothing, and for whom nothing does', () => {
    const { defaults, exemptions } = configurationOf({
      ...head,
      defaults: { enforce: 'baseline', 'enforce-version': 'v1.30' },
      exemptions: { namespaces: ['kube-system'] },
    })
    assert.deepEqual(defaults.enforce, { level: 'baseline', version: 30 })
    assert.deepEqual(defaults.warn, { level: 'privileged', version: 'latest' })
    assert.ok(exemptions.namespaces.has('kube-system'))
  })

  it('is refused in words', () => {
    assert.throws(() => configurationOf({ ...head, kind: 'X' }), /no kind "X" is registered/)
    assert.throws(() => configurationOf({ ...head, defaults: { enforce: 'x' } }), /defaults.enforce: Invalid value: "x"/)
    assert.throws(() => configurationOf({ ...head, nonsense: 1 }), /unknown field "nonsense"/)
    assert.throws(() => configurationOf({ ...head, exemptions: { namespaces: ['a', 'a'] } }), /Duplicate value: "a"/)
  })
})

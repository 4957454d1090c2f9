import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import type { Claim } from '#apiserver/authentication/claims.ts'
import { Authority } from '#cluster/certificates.ts'
import { type Cluster, startCluster } from '#cluster/start-cluster.ts'
import { realClock } from '#machinery/clock.ts'
import { readAuthentication } from './authentication.ts'
import { changesOf } from './files.ts'
import { readSeats } from './flow-control.ts'
import { readServices } from './services.ts'
import { readTls } from './tls.ts'

describe('the flags of the API server', () => {
  let directory: string
  let authority: Authority
  let other: Authority
  const at = (name: string): string => join(directory, name)
  const own = { issuer: 'https://kubernetes.default.svc', tokenKey: '' }

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-serving-'))
    authority = await Authority.open(at('ours'), realClock)
    other = await Authority.open(at('theirs'), realClock)
    await authority.pair('shown', { commonName: 'shown', hosts: ['localhost', '127.0.0.1', 'api.example.com'] })
    await authority.pair('other', { commonName: 'other', hosts: ['localhost'] })
    await other.pair('client', { commonName: 'visitor', organizations: ['guests'] })
    own.tokenKey = await authority.key('sa')
  })
  after(() => rm(directory, { recursive: true }))

  it('name the file and what is wrong with it', async () => {
    await writeFile(at('tokens.csv'), 't1,jane,u1\nt2,john\n')
    await writeFile(at('empty.pem'), 'nothing')
    const cases: [object, RegExp][] = [
      [{ tokenAuthFile: at('tokens.csv') }, /^Error: --token-auth-file: \S+tokens\.csv: line 2: must have at least 3 columns/],
      [{ tokenAuthFile: at('missing.csv') }, /--token-auth-file: \S+missing\.csv: ENOENT/],
      [{ serviceAccountKeyFile: [at('empty.pem')] }, /--service-account-key-file: \S+empty\.pem: there is no key in PEM form/],
      [{ authenticationTokenWebhookConfigFile: at('missing') }, /^Error: --authentication-token-webhook-config-file: ENOENT/],
      [{ oidcIssuerUrl: 'https://x' }, /oidc-issuer-url and oidc-client-id must be specified together/],
      [{ oidcIssuerUrl: 'http://x', oidcClientId: 'y' }, /--oidc-issuer-url: http:\/\/x is no https URL/],
    ]
    for (const [flags, said] of cases) await assert.rejects(readAuthentication(flags, own), said)
    const tls = { cert: '', key: '', clientCa: authority.cert }
    const files: [object, RegExp][] = [
      [{ clientCaFile: at('empty.pem') }, /--client-ca-file: \S+empty\.pem: there is no certificate in PEM form/],
      [{ tlsCertFile: at('ours/shown.crt') }, /--tls-cert-file and --tls-private-key-file go together/],
      [
        { tlsCertFile: at('ours/shown.crt'), tlsPrivateKeyFile: at('ours/other.key') },
        /shown\.crt and \S+other\.key do not belong together/,
      ],
      [{ tlsMinVersion: 'VersionTLS10' }, /unknown tls version "VersionTLS10"/],
      [{ tlsCipherSuites: ['TLS_NONE'] }, /Cipher suite TLS_NONE not supported or doesn't exist/],
    ]
    for (const [flags, said] of files) await assert.rejects(readTls(flags, tls), said)
  })

  it('say where addresses and ports of Services come from', () => {
    const defaults = { cidrs: ['10.96.0.0/16'], nodePorts: { first: 30000, last: 32767 } }
    assert.deepEqual(readServices({}), defaults)
    assert.deepEqual(readServices({ serviceClusterIpRange: ['10.0.0.7/24', 'FD00::/112'], serviceNodePortRange: '80-90' }), {
      cidrs: ['10.0.0.0/24', 'fd00::/112'],
      nodePorts: { first: 80, last: 90 },
    })
    const wrong: [object, RegExp][] = [
      [{ serviceClusterIpRange: ['10.0.0.0'] }, /--service-cluster-ip-range: "10.0.0.0" is no range of addresses/],
      [{ serviceClusterIpRange: ['10.0.0.0/30'] }, /10.0.0.0\/30: the service cluster IP range must be at least 8 IP addresses/],
      [{ serviceClusterIpRange: ['fd00::/48'] }, /too large; for 128-bit addresses, the mask must be >= 64/],
      [{ serviceClusterIpRange: ['10.0.0.0/24', '10.1.0.0/24'] }, /one range of addresses, or one of each family/],
      [{ serviceNodePortRange: 'all' }, /--service-node-port-range: "all" is no range of ports such as 30000-32767/],
    ]
    for (const [flags, said] of wrong) assert.throws(() => readServices(flags), said)
  })

  it('say how many requests are served at once', () => {
    assert.equal(readSeats({}), 600)
    assert.equal(readSeats({ maxRequestsInflight: 10, maxMutatingRequestsInflight: 0 }), 10)
    assert.deepEqual(readSeats({ enablePriorityAndFairness: false, maxRequestsInflight: 10 }), { reading: 10, mutating: 200 })
    assert.throws(
      () => readSeats({ maxRequestsInflight: 0, maxMutatingRequestsInflight: 0 }),
      /leave priority and fairness no seat/,
    )
  })

  it('say cipher suites by the names of IANA', async () => {
    const tlsCipherSuites = [
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
      'TLS_AES_256_GCM_SHA384',
    ]
    const { ciphers } = await readTls({ tlsCipherSuites }, { cert: '', key: '', clientCa: '' })
    assert.equal(ciphers, 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:TLS_AES_256_GCM_SHA384')
  })

  it('tell the prefix of a provider’s users as upstream does', async () => {
    const prefixOf = async (more: object): Promise<string | undefined> => {
      const { jwt } = await readAuthentication({ oidcIssuerUrl: 'https://id', oidcClientId: 'c', ...more }, own)
      return (jwt![0]!.username as Claim).prefix
    }
    assert.equal(await prefixOf({}), 'https://id#')
    assert.equal(await prefixOf({ oidcUsernameClaim: 'email' }), '')
    assert.equal(await prefixOf({ oidcUsernamePrefix: '-' }), '')
    assert.equal(await prefixOf({ oidcUsernamePrefix: 'x:' }), 'x:')
  })

  it('yield what files have become, and pass over what is no good', async () => {
    const said = ['1', '1', '!', '2', '2']
    const failed: unknown[] = []
    const stop = new AbortController()
    const clock = { now: () => new Date(0), sleep: async () => {} }
    const read = async (): Promise<string> => {
      const next = said.shift()
      if (next === undefined) stop.abort()
      if (next === '!') throw new Error('half written')
      return next ?? '2'
    }
    const seen: string[] = []
    for await (const each of changesOf(read, { clock, failed: error => failed.push(error) }, stop.signal)) seen.push(each)
    assert.deepEqual([seen, failed.length], [['2'], 1])
  })

  describe('of a running server', () => {
    let cluster: Cluster
    before(async () => {
      await writeFile(at('tokens.csv'), 's3cret,jane,7,"admins,devs"\n')
      cluster = await startCluster({
        nodes: 0,
        without: ['controller-manager', 'scheduler'],
        serving: {
          tlsCertFile: at('ours/shown.crt'),
          tlsPrivateKeyFile: at('ours/shown.key'),
          tlsSniCertKey: [`${at('theirs/client.crt')},${at('theirs/client.key')}:visitors.example.com`],
          tlsMinVersion: 'VersionTLS13',
          clientCaFile: at('theirs/ca.crt'),
          tokenAuthFile: at('tokens.csv'),
          anonymousAuth: false,
        },
      })
    })
    after(() => cluster.stop())

    const handshake = (options: object): Promise<TLSSocket> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: cluster.port, rejectUnauthorized: false, ...options })
        socket.once('secureConnect', () => resolve(socket.destroy())).once('error', reject)
      })
    const shown = (servername: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: cluster.port, rejectUnauthorized: false, servername })
        socket.once('error', reject).once('secureConnect', () => {
          resolve(socket.getPeerX509Certificate()!.fingerprint256)
          socket.destroy()
        })
      })
    const codeOf = (options: object): Promise<number> =>
      new Promise((resolve, reject) => {
        const agent = new Agent({ rejectUnauthorized: false, ...options })
        const { headers } = options as { headers?: Record<string, string> }
        get({ host: '127.0.0.1', port: cluster.port, path: '/version', agent, headers: headers ?? {} }, answer => {
          answer.resume().once('end', () => resolve(answer.statusCode!))
        }).once('error', reject)
      })

    it('show its certificate, or another to those who ask for a name', async () => {
      assert.notEqual(await shown('localhost'), await shown('visitors.example.com'))
    })

    it('refuse a TLS that is too old', async () => {
      await assert.rejects(handshake({ maxVersion: 'TLSv1.2' }))
      await handshake({ minVersion: 'TLSv1.3' })
    })

    it('let in whom they name, and nobody else', async () => {
      assert.equal(await codeOf({}), 401)
      assert.equal(await codeOf({ headers: { authorization: 'Bearer s3cret' } }), 200)
      assert.equal(await codeOf(await other.pair('client', { commonName: 'visitor', organizations: ['guests'] })), 200)
    })

    it('take a new certificate, and other authorities, when the files change', async () => {
      const before = await shown('localhost')
      const third = await Authority.open(at('third'), realClock)
      const pair = await third.pair('client', { commonName: 'newcomer' })
      assert.equal(await codeOf(pair), 401)
      const next = await third.pair('server', { commonName: 'server', hosts: ['localhost'] })
      await writeFile(at('ours/shown.crt'), next.cert)
      await writeFile(at('ours/shown.key'), next.key)
      await writeFile(at('theirs/ca.crt'), third.cert)
      for (let tries = 0; (await shown('localhost')) === before; tries++) {
        assert.ok(tries < 200, 'it shows the new certificate')
        await new Promise(resolve => setTimeout(resolve, 100))
      }
      assert.equal(await codeOf(pair), 200)
      assert.equal(await codeOf(await other.pair('client', { commonName: 'visitor', organizations: ['guests'] })), 401)
    })
  })
})

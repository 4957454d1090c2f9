import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Deployment } from '#api/apps/v1.ts'
import { ConfigMap, Secret } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import { type Locks, readEncryption } from './encryption.ts'

const secret = Buffer.alloc(32, 1).toString('base64')

describe('an encryption configuration', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-encryption-'))
  })
  after(() => rm(directory, { recursive: true }))

  const read = async (text: string): Promise<Locks> => {
    const file = join(directory, 'config.yaml')
    await writeFile(file, text)
    return readEncryption(file)
  }
  const configuration = (resources: string): string =>
    `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n${resources}`
  const rule = (resources: string, providers: string): string =>
    configuration(`resources: [{ resources: [${resources}], providers: [${providers}] }]`)
  const key = (name: string, text = secret): string => `{ name: ${name}, secret: "${text}" }`
  const prefixes = (locks: Locks, kind: Kind): string[] | undefined => locks(kind)?.map(({ prefix }) => prefix)

  it('says who locks which kind, with the first one first, and what it does not name is left alone', async () => {
    const locks = await read(rule('secrets', `{ aescbc: { keys: [${key('b')}, ${key('a')}] } }, { identity: {} }`))
    assert.deepEqual(prefixes(locks, Secret), ['k8s:enc:aescbc:v1:b:', 'k8s:enc:aescbc:v1:a:', ''])
    assert.equal(locks(ConfigMap), undefined)
    const of = (names: string) => read(rule(names, `{ secretbox: { keys: [${key('k')}] } }`))
    const box = ['k8s:enc:secretbox:v1:k:']
    assert.deepEqual(prefixes(await of("'*.'"), ConfigMap), box)
    assert.equal((await of("'*.'"))(Deployment), undefined)
    assert.deepEqual(prefixes(await of("'*.apps'"), Deployment), box)
    assert.deepEqual(prefixes(await of('deployments.apps'), Deployment), box)
    assert.deepEqual(prefixes(await of("'*.*'"), Secret), box)
  })

  for (const [what, text, why] of [
    ['that is missing', undefined, /config\.yaml cannot be used: ENOENT/],
    ['that is no YAML', 'a: [', /cannot be used: /],
    [
      'of another kind',
      'apiVersion: v1\nkind: Pod',
      /it is no EncryptionConfiguration of apiserver\.config\.k8s\.io\/v1, but Pod of v1/,
    ],
    ['with a typing error', configuration('resource: []'), /unknown field "resource"/],
    ['without resources', configuration(''), /resources: Required value: at least one resources is required/],
    [
      'with a short key',
      rule('secrets', `{ aesgcm: { keys: [${key('a', 'YWJj')}] } }`),
      /resources\[0\]\.providers\[0\]\.aesgcm\.keys\[0\]\.secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of \[16 24 32\]/,
    ],
    [
      'with a key that is no base64',
      rule('secrets', `{ secretbox: { keys: [${key('a', '!')}] } }`),
      /secrets must be base64 encoded/,
    ],
    [
      'with two providers in one',
      rule('secrets', '{ identity: {}, aesgcm: {} }'),
      /more than one provider specified in a single element/,
    ],
    ['with a provider that does not exist', rule('secrets', '{ rot13: {} }'), /expected providers: KMS, AESGCM/],
    ['with KMS', rule('secrets', '{ kms: { name: a } }'), /Pinnace has no KMS provider/],
    ['with a capital letter', rule('Secrets', '{ identity: {} }'), /resource name should not contain capital letters/],
    ['with what is masked', rule("secrets, '*.'", '{ identity: {} }'), /using overlapping resources/],
    [
      'with what is masked by an earlier rule',
      configuration(
        "resources: [{ resources: ['*.*'], providers: [{ identity: {} }] }, { resources: [secrets], providers: [{ identity: {} }] }]",
      ),
      /resource "secrets" is masked by earlier rule "\*\.\*"/,
    ],
  ] as const)
    it(`${what} is refused with its name and the reason`, async () => {
      const refused = text === undefined ? readEncryption(join(directory, 'nowhere', 'config.yaml')) : read(text)
      await assert.rejects(
        refused,
        error =>
          error instanceof Error && why.test(error.message) && /encryption configuration .*config\.yaml/.test(error.message),
      )
    })
})

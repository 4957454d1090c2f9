import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import type { Steps } from './clients.ts'
import { expect, refused } from './steps.ts'

/** What the API refuses, and how it says so. */
export const errors: Steps = {
  async 'not found'({ namespace, core }) {
    const status = await refused(core.readNamespacedConfigMap({ namespace, name: 'missing' }))
    expectStatus(status, 404, 'NotFound', 'configmaps "missing" not found')
  },

  async 'already exists'(c) {
    await c.make('twice')
    expectStatus(await refused(c.make('twice')), 409, 'AlreadyExists', 'configmaps "twice" already exists')
  },

  async invalid(c) {
    const message =
      'ConfigMap "Not-A-Name" is invalid: metadata.name: Invalid value: "Not-A-Name": a lowercase RFC 1123 subdomain must ' +
      "consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
      "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    expectStatus(await refused(c.make('Not-A-Name')), 422, 'Invalid', message)
  },

  /** Asks with the token of a service account that may nothing. */
  async forbidden({ config, namespace, core }) {
    const body = { spec: { audiences: [] } }
    const { status: issued } = await core.createNamespacedServiceAccountToken({ namespace, name: 'default', body })
    const nobody = new KubeConfig()
    nobody.loadFromClusterAndUser(config.getCurrentCluster()!, { name: 'nobody', token: issued?.token ?? '' })
    const status = await refused(nobody.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace }))
    const message =
      `secrets is forbidden: User "system:serviceaccount:${namespace}:default" cannot list resource "secrets" in API group "" ` +
      `in the namespace "${namespace}"`
    expectStatus(status, 403, 'Forbidden', message)
  },
}

function expectStatus(
  got: { code: number; reason: string; message: string },
  code: number,
  reason: string,
  message: string,
): void {
  expect('code', got.code, code)
  expect('reason', got.reason, reason)
  expect('message', got.message, message)
}

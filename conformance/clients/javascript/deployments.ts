import type { V1Deployment, V1ReplicaSet } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Clients, Steps } from './clients.ts'
import { image } from './pods.ts'
import { expect, refused } from './steps.ts'

export function deployment(name: string, replicas: number): V1Deployment {
  const labels = { app: name }
  const containers = [{ name: 'app', image, command: ['sleep', '3600'] }]
  const template = { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 1 } }
  return { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } }
}

/** What needs controllers: scale, and deletion with each policy. */
export const deployments: Steps = {
  async scale({ namespace, apps }) {
    const name = 'scaled'
    await apps.createNamespacedDeployment({ namespace, body: deployment(name, 1) })
    // The controller writes its status meanwhile.
    await eventually(async () => {
      const scale = await apps.readNamespacedDeploymentScale({ namespace, name })
      expect('selector', scale.status?.selector, 'app=scaled')
      await apps.replaceNamespacedDeploymentScale({ namespace, name, body: { ...scale, spec: { replicas: 2 } } })
    })
    await eventually(async () => {
      const { status } = await apps.readNamespacedDeployment({ namespace, name })
      expect('ready replicas', status?.readyReplicas, 2)
    })
    await apps.deleteNamespacedDeployment({ namespace, name })
  },

  async orphan(c) {
    const left = await leftOf(c, 'orphan', 'Orphan')
    expect(
      'owners of the ReplicaSets left',
      left.map(each => each.metadata?.ownerReferences ?? []),
      [[]],
    )
    await c.apps.deleteNamespacedReplicaSet({ namespace: c.namespace, name: left[0]!.metadata!.name! })
  },

  async foreground(c) {
    expect('ReplicaSets left', await leftOf(c, 'foreground', 'Foreground'), [])
  },
}

/** Makes a Deployment, waits for its ReplicaSet, deletes it, and gives the ReplicaSets that are left when it is gone. */
async function leftOf({ namespace, apps }: Clients, name: string, propagationPolicy: string): Promise<V1ReplicaSet[]> {
  const sets = async (): Promise<V1ReplicaSet[]> =>
    (await apps.listNamespacedReplicaSet({ namespace, labelSelector: `app=${name}` })).items
  await apps.createNamespacedDeployment({ namespace, body: deployment(name, 1) })
  await eventually(async () => expect('ReplicaSets', (await sets()).length, 1))
  await apps.deleteNamespacedDeployment({ namespace, name, propagationPolicy })
  await eventually(async () => expect('code', (await refused(apps.readNamespacedDeployment({ namespace, name }))).code, 404))
  return sets()
}

import { ConfigMap, Namespace } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import { equal } from '#machinery/equality.ts'
import { type Controller, watch } from '#reconcile/controller.ts'

const name = 'kube-root-ca.crt'
const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

/** Puts the API server's CA (PEM) into every namespace, where pods find it beside their token. */
export const rootCaPublisher = (ca: string): Controller<Namespace> => ({
  name: 'root-ca-certificate-publisher-controller',
  of: Namespace,
  watches: [
    watch(ConfigMap, {
      *wakes({ metadata }) {
        if (metadata.name === name) yield { namespace: '', name: metadata.namespace ?? '' }
      },
    }),
  ],

  async reconcile({ metadata }, cluster) {
    const namespace = metadata.name ?? ''
    if (metadata.deletionTimestamp) return
    const data = { 'ca.crt': ca }
    const found = cluster.get(ConfigMap, { namespace, name })
    if (!found) {
      try {
        await cluster.create(ConfigMap, { metadata: { namespace, name, annotations }, data })
      } catch (error) {
        if (!isReason(error, 'AlreadyExists')) throw error
      }
      return
    }
    const described = equal({ ...found.metadata.annotations, ...annotations }, found.metadata.annotations)
    if (described && equal(found.data, data)) return
    await cluster.update(ConfigMap, {
      ...found,
      metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, ...annotations } },
      data,
    })
  },
})

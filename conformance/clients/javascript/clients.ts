import { AppsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, type V1ConfigMap, VersionApi } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import { expect } from './steps.ts'

/** What every step works with. */
export class Clients {
  readonly config: KubeConfig
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly dynamic: KubernetesObjectApi
  readonly namespace: string

  private constructor(config: KubeConfig, namespace: string) {
    this.config = config
    this.core = config.makeApiClient(CoreV1Api)
    this.apps = config.makeApiClient(AppsV1Api)
    this.dynamic = KubernetesObjectApi.makeApiClient(config)
    this.namespace = namespace
  }

  /** Reads KUBECONFIG, and makes the namespace of the tour. */
  static async connect(): Promise<Clients> {
    const config = new KubeConfig()
    config.loadFromDefault()
    const { major } = await config.makeApiClient(VersionApi).getCode()
    expect('major version', major, '1')
    const core = config.makeApiClient(CoreV1Api)
    const { metadata } = await core.createNamespace({ body: { metadata: { generateName: 'tour-javascript-' } } })
    const namespace = metadata!.name!
    // Without its service account a namespace takes no pods.
    await eventually(() => core.readNamespacedServiceAccount({ namespace, name: 'default' }))
    return new Clients(config, namespace)
  }

  /** Creates a ConfigMap. */
  make(name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): Promise<V1ConfigMap> {
    return this.core.createNamespacedConfigMap({ namespace: this.namespace, body: { metadata: { name, labels }, data } })
  }

  async remove(): Promise<void> {
    await this.core.deleteNamespace({ name: this.namespace })
  }
}

/** A step of the tour, by its name. */
export type Steps = Readonly<Record<string, (clients: Clients) => Promise<void>>>

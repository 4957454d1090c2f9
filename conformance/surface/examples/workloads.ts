import type { Example } from './example.ts'

/** A pod that no scheduler takes. */
const idle = { schedulerName: 'nobody', containers: [{ name: 'main', image: 'busybox', ports: [{ containerPort: 80 }] }] }
const labels = (name: string): Record<string, string> => ({ app: name })
const template = (name: string): object => ({ metadata: { labels: labels(name) }, spec: idle })
const selected = (name: string): object => ({ selector: { matchLabels: labels(name) }, template: template(name) })
const job = { template: { spec: { ...idle, restartPolicy: 'Never' } }, suspend: true }
/** With a selector of its own: one that the server makes can be sent only once. */
const selecting = (name: string): object => ({
  ...job,
  manualSelector: true,
  selector: { matchLabels: labels(name) },
  template: { ...job.template, metadata: { labels: labels(name) } },
})
const scaled = (name: string): object => ({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 2 })

/** Pods, and whatever makes pods. */
export const workloads: Readonly<Record<string, Example>> = {
  'v1/pods': () => ({ spec: idle }),
  'v1/bindings': () => ({ target: { kind: 'Node', name: 'nowhere' } }),
  'v1/pods/binding': () => ({ target: { kind: 'Node', name: 'nowhere' } }),
  'v1/pods/eviction': () => ({}),
  'v1/podtemplates': name => ({ template: template(name) }),
  'v1/replicationcontrollers': name => ({ spec: { replicas: 0, selector: labels(name), template: template(name) } }),
  'apps/v1/controllerrevisions': () => ({ revision: 1, data: { any: 'thing' } }),
  'apps/v1/daemonsets': name => ({ spec: selected(name) }),
  'apps/v1/deployments': name => ({ spec: { replicas: 0, ...selected(name) } }),
  'apps/v1/replicasets': name => ({ spec: { replicas: 0, ...selected(name) } }),
  'apps/v1/statefulsets': name => ({ spec: { replicas: 0, serviceName: name, ...selected(name) } }),
  'autoscaling/v1/horizontalpodautoscalers': name => ({ spec: scaled(name) }),
  'autoscaling/v2/horizontalpodautoscalers': name => ({ spec: scaled(name) }),
  'batch/v1/cronjobs': () => ({ spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job } } }),
  'batch/v1/jobs': name => ({ spec: selecting(name) }),
  'policy/v1/poddisruptionbudgets': name => ({ spec: { minAvailable: 1, selector: { matchLabels: labels(name) } } }),
  'scheduling.k8s.io/v1/priorityclasses': () => ({ value: 7 }),
  'resource.k8s.io/v1/deviceclasses': () => ({
    spec: { selectors: [{ cel: { expression: 'device.driver == "x.example.com"' } }] },
  }),
  'resource.k8s.io/v1/resourceclaims': () => ({ spec: claim }),
  'resource.k8s.io/v1/resourceclaimtemplates': () => ({ spec: { spec: claim } }),
  'resource.k8s.io/v1/resourceslices': name => ({
    spec: {
      driver: 'x.example.com',
      pool: { name, generation: 1, resourceSliceCount: 1 },
      nodeName: 'nowhere',
      devices: [{ name: 'one' }],
    },
  }),
}
const claim = { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'any.example.com' } }] } }

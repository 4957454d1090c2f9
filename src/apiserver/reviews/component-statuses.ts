import { Lease } from '#api/coordination/v1.ts'
import { type ComponentCondition, ComponentStatus } from '#api/core/v1.ts'
import { notFound } from '#api/status.ts'
import { answerItem, answerList, viewOf } from '#apiserver/answer/answer.ts'
import { Encodings } from '#apiserver/answer/encodings.ts'
import type { Check } from '#apiserver/pages/pages.ts'
import { selectionOf } from '#apiserver/request/selection.ts'
import { type Resource, resource } from '#apiserver/resource.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Form } from '#apiserver/store/store.ts'
import { Stored } from '#apiserver/store/stored.ts'
import type { Item } from '#cache/cache.ts'
import type { Clock } from '#machinery/clock.ts'

/**
 * How the parts of the control plane are, asked when somebody wants to know (upstream: registry/core/componentstatus, which calls
 * their health pages). Here they may have none: a part that leads is well as long as it renews its lease; of one that shares
 * the server's process and needs no lease nothing is known.
 */
export function componentStatuses(reader: Reader, clock: Clock, storage: Check): Resource {
  const stored = new Stored(ComponentStatus)

  const leads = (name: string): ComponentCondition | undefined => {
    const lease = reader.get(Lease, { namespace: 'kube-system', name })?.spec
    if (!lease) return undefined
    const until = Date.parse(lease.renewTime ?? '') + (lease.leaseDurationSeconds ?? 0) * 1000
    const well = until > clock.now().getTime()
    return {
      type: 'Healthy',
      status: well ? 'True' : 'False',
      message: well ? 'ok' : `nobody renews the lease kube-system/${name}`,
    }
  }
  const stores = async (): Promise<ComponentCondition> => {
    try {
      await storage.check()
      return { type: 'Healthy', status: 'True', message: 'ok' }
    } catch (error) {
      return { type: 'Healthy', status: 'False', error: error instanceof Error ? error.message : String(error) }
    }
  }
  const item = (name: string, condition: ComponentCondition | undefined): Item => {
    const status = { metadata: { name, creationTimestamp: null }, ...(condition && { conditions: [condition] }) }
    return stored.made(status as unknown as ComponentStatus, 0)
  }
  const all = async (): Promise<readonly Item[]> => [
    item('scheduler', leads('kube-scheduler')),
    item('controller-manager', leads('kube-controller-manager')),
    item('etcd-0', await stores()),
  ]

  const statuses: Resource = resource(ComponentStatus, {
    shortNames: ['cs'],
    verbs: ['get', 'list'],
    deprecated: 'v1 ComponentStatus is deprecated in v1.19+',
    columns: [
      { name: 'Name', type: 'string', format: 'name', value: ({ metadata }) => metadata.name },
      {
        name: 'Status',
        type: 'string',
        value: ({ conditions }) => statusText(healthy(conditions)),
      },
      { name: 'Message', type: 'string', value: ({ conditions }) => healthy(conditions)?.message ?? '' },
      { name: 'Error', type: 'string', value: ({ conditions }) => healthy(conditions)?.error ?? '' },
    ],
    async answer(request) {
      const view = viewOf(request, clock)
      const { name, verb } = request.attributes
      const items = await all()
      const found = items.find(({ object }) => object.metadata.name === name)
      if (verb === 'get' && !found) throw notFound(ComponentStatus, name)
      if (verb === 'get') return answerItem(200, found!, form, view)
      const { passes } = selectionOf(request, statuses)
      return answerList(
        items.filter(({ object }) => passes(object)),
        { resourceVersion: '' },
        form,
        view,
      )
    },
  })
  const form: Form = { resource: statuses, stored, encodings: new Encodings() }
  return statuses
}

const healthy = (conditions: readonly ComponentCondition[] | undefined): ComponentCondition | undefined =>
  conditions?.find(({ type }) => type === 'Healthy')

const statusText = (condition: ComponentCondition | undefined): string =>
  condition ? (condition.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown'

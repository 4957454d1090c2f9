import { APIService } from '#api/apiregistration/v1.ts'
import { apiVersion } from '#api/kind.ts'
import { priorityOf } from '#apiserver/pages/priorities.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Registry } from '#apiserver/store/registry.ts'
import { equal } from '#machinery/equality.ts'
import { put } from './ensure.ts'

/** Makes an APIService of every group version that the server serves itself (upstream: kube-apiserver-autoregistration). */
export async function registerApiServices(registry: Registry, reader: Reader): Promise<void> {
  const kinds = Array.from(registry.groupVersions().values(), stores => stores[0]!.resource.kind)
  await Promise.all(
    kinds.map(async ({ group, version }) => {
      const priority = priorityOf({ group, version })
      if (!priority) return
      const service: APIService = {
        kind: APIService.kind,
        apiVersion: apiVersion(APIService),
        metadata: { name: `${version}.${group}`, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
        spec: {
          ...(group && { group }),
          version,
          groupPriorityMinimum: priority.group,
          versionPriority: priority.version,
        },
      }
      const known = await reader.live(APIService, { namespace: '', name: service.metadata.name! })
      if (!equal(known?.spec, service.spec)) await put(reader, APIService, service)
    }),
  )
}

import { Node, Pod } from '#api/core/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'

const labels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']
const atBinding = about([Pod], ['UPDATE'], ['binding'])
const atCreation = about([Pod], ['CREATE'])

/** A pod bears the labels that say where its node is, so that it can be told by the downward API (upstream: PodTopologyLabels). */
export const podTopologyLabels = (reader: Reader): Admission => ({
  name: 'PodTopologyLabels',
  concerns: place => atBinding(place) || atCreation(place),

  mutate({ object }) {
    const { metadata, spec } = object as Pod
    const node = spec.nodeName ? reader.get(Node, { namespace: '', name: spec.nodeName }) : undefined
    for (const label of labels) {
      const value = node?.metadata.labels?.[label]
      if (value !== undefined) metadata.labels = { ...metadata.labels, [label]: value }
    }
  },
})

import type { Device, ResourceSliceSpec } from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { validateNodeSelector } from '#resources/core/pod-spec/affinity.ts'

type Place = Pick<ResourceSliceSpec, 'nodeName' | 'nodeSelector' | 'allNodes' | 'perDeviceNodeSelection'>

/** Checks on which nodes the devices of a slice can be used: it says so in just one way. */
export function* validateSlicePlace(spec: Place, path: string): Generator<Cause> {
  yield* validateParts(spec, path, 'must be either unset or set to a non-empty string')
  const terms = spec.nodeSelector?.nodeSelectorTerms ?? []
  if (spec.nodeSelector && terms.length !== 1)
    yield invalidValue(`${path}.nodeSelector.nodeSelectorTerms`, terms, 'must have exactly one node selector term')
  if (spec.perDeviceNodeSelection === false)
    yield invalidValue(`${path}.perDeviceNodeSelection`, false, 'must be either unset or set to true')
  const set = said(spec)
  const one = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'
  if (set.length === 0) yield required(path, one)
  if (set.length > 1) yield invalidValue(path, `{${set.join(', ')}}`, `${one}, but multiple fields are set`)
}

/** Checks on which nodes one device can be used, where devices say so. */
export function* validatePlace(device: Device, path: string, perDevice: boolean): Generator<Cause> {
  const { nodeName, nodeSelector, allNodes } = device
  if (!perDevice) {
    if (nodeName !== undefined || nodeSelector || allNodes !== undefined)
      yield invalidValue(
        path,
        null,
        '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      )
    return
  }
  yield* validateParts(device, path, 'must not be empty')
  const set = said(device)
  const one =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
  if (set.length === 0) yield required(path, one)
  if (set.length > 1) yield invalidValue(path, `{${set.join(', ')}}`, one)
}

function* validateParts({ nodeName, nodeSelector, allNodes }: Place, path: string, notEmpty: string): Generator<Cause> {
  if (nodeName === '') yield invalidValue(`${path}.nodeName`, nodeName, notEmpty)
  else if (nodeName !== undefined) yield* invalidEach(`${path}.nodeName`, nodeName, dns1123Subdomain(nodeName))
  if (nodeSelector) yield* validateNodeSelector(nodeSelector, `${path}.nodeSelector`)
  if (allNodes === false) yield invalidValue(`${path}.allNodes`, allNodes, 'must be either unset or set to true')
}

/** The ways in which something says where it is. */
const said = (place: Place): string[] =>
  (['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const).filter(way => place[way]).map(way => `\`${way}\``)

import type { Cause } from '#api/status.ts'
import { StorageClass } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { qualifiedName } from '#machinery/names.ts'
import { each, oneOf, oneOfIfSet } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { deprecatedNodeLabel } from '#resources/core/node-labels.ts'

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export default resource(StorageClass, {
  shortNames: ['sc'],
  returnsDeleted: true,
  columns: [
    {
      ...name,
      value: ({ metadata }) =>
        defaultAnnotations.some(key => metadata.annotations?.[key] === 'true') ? `${metadata.name} (default)` : metadata.name,
    },
    text('Provisioner', ({ provisioner }) => provisioner),
    text('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
    text('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    age,
  ],

  default(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete'
    storageClass.volumeBindingMode ??= 'Immediate'
  },

  *warn({ allowedTopologies }) {
    for (const [index, { matchLabelExpressions = [] }] of (allowedTopologies ?? []).entries()) {
      for (const [position, { key }] of matchLabelExpressions.entries()) {
        const instead = deprecatedNodeLabel(key)
        if (instead) yield `allowedTopologies[${index}].matchLabelExpressions[${position}].key: ${key} is ${instead}`
      }
    }
  },

  *validate(storageClass, before) {
    const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode } = storageClass
    if (!provisioner) yield required('provisioner')
    else yield* invalidEach('provisioner', provisioner.toLowerCase(), qualifiedName(provisioner.toLowerCase()))
    yield* validateParameters(parameters, 'parameters')
    yield* oneOfIfSet(reclaimPolicy, 'reclaimPolicy', ['Delete', 'Retain'])
    yield* oneOf(volumeBindingMode, 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer'])
    yield* validateTopologies(storageClass.allowedTopologies, 'allowedTopologies')
    if (!before) return
    yield* immutable(parameters, before.parameters ?? {}, 'parameters')
    for (const field of ['provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) {
      yield* immutable(storageClass[field], before[field], field)
    }
  },
})

const most = { parameters: 512, parameterBytes: 256 * 1024 }

function* validateParameters(parameters: Record<string, string>, path: string): Generator<Cause> {
  const entries = Object.entries(parameters)
  if (entries.length > most.parameters) {
    yield tooLong(path, most.parameters)
    return
  }
  if ('' in parameters) yield invalidValue(path, '', 'field can not be empty.')
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (bytes > most.parameterBytes) yield tooLong(path, most.parameterBytes)
}

function* validateTopologies(terms: StorageClass['allowedTopologies'], path: string): Generator<Cause> {
  const seen: object[] = []
  yield* each(terms, path, function* ({ matchLabelExpressions = [] }, at) {
    const keys = new Map<string, Set<string>>()
    yield* each(matchLabelExpressions, `${at}.matchLabelExpressions`, function* ({ key = '', values = [] }, expressionAt) {
      if (values.length === 0) yield required(`${expressionAt}.values`)
      for (const [index, value] of values.entries())
        if (values.indexOf(value) < index) yield duplicate(`${expressionAt}.values[${index}]`, value)
      yield* invalidEach(`${expressionAt}.key`, key, qualifiedName(key))
      if (keys.has(key)) yield duplicate(`${expressionAt}.key`, key)
      keys.set(key, new Set(values))
    })
    const term = Object.fromEntries([...keys].map(([key, values]) => [key, [...values].sort()]))
    if (seen.some(other => equal(other, term))) yield duplicate(`${at}.matchLabelExpressions`, '')
    seen.push(term)
  })
}

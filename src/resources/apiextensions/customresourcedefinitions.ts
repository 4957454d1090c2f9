import { CustomResourceDefinition, type CustomResourceDefinitionSpec } from '#api/apiextensions/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { each } from '#resources/checks.ts'
import { validateApproval } from './approval.ts'
import { validateNames } from './names.ts'
import { subschemas } from './schemas.ts'
import { validateSpec } from './spec.ts'

/** A kind that a user defines: here only its definition, checked and kept. Its table has no columns of its own, as v1.36 prints it. */
export default resource(CustomResourceDefinition, {
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
  generation: true,
  conditionalUpdate: true,

  default(definition) {
    const spec = (definition.spec ??= { group: '', names: { plural: '', kind: '' }, scope: '', versions: [] })
    const names = (spec.names ??= { plural: '', kind: '' })
    names.singular ||= (names.kind ?? '').toLowerCase()
    if (names.kind) names.listKind ||= `${names.kind}List`
    spec.conversion ??= { strategy: 'None' }
    const service = spec.conversion.webhook?.clientConfig?.service
    if (service) service.port ??= 443
  },

  prepare(definition, before) {
    if (!before) definition.status = {}
    const status = (definition.status = { ...definition.status })
    const stored = definition.spec.versions?.find(({ storage }) => storage)?.name
    if (stored && !status.storedVersions?.includes(stored)) status.storedVersions = [...(status.storedVersions ?? []), stored]
  },

  *validate({ metadata, spec, status }, before) {
    if (!before && metadata.name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`)
      yield invalidValue('metadata.name', metadata.name ?? '', 'must be spec.names.plural+"."+spec.group')
    yield* validateSpec(spec)
    if (before) {
      if (before.status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True')) {
        yield* immutable(spec.scope, before.spec.scope, 'spec.scope')
        yield* immutable(spec.names?.kind, before.spec.names?.kind, 'spec.names.kind')
      }
      yield* immutable(spec.group, before.spec.group, 'spec.group')
      yield* immutable(spec.names?.plural, before.spec.names?.plural, 'spec.names.plural')
    }
    yield* validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames')
    yield* validateStoredVersions(status?.storedVersions ?? [], spec)
    yield* validateApproval(metadata.annotations, before?.metadata.annotations, spec.group, before !== undefined)
    if (spec.preserveUnknownFields && !before?.spec.preserveUnknownFields)
      yield invalidValue(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      )
  },

  validateStatus: ({ status }) => validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames'),

  *warn({ spec }, before) {
    const known = new Set(before && unknownFormats(before.spec))
    for (const format of unknownFormats(spec)) if (!known.has(format)) yield `unrecognized format ${JSON.stringify(format)}`
  },
})

/** What was once the stored version may still be in storage. */
function* validateStoredVersions(stored: readonly string[], { versions = [] }: CustomResourceDefinitionSpec) {
  const path = 'status.storedVersions'
  if (stored.length === 0) {
    yield invalidValue(path, stored, 'must have at least one stored version')
    return
  }
  for (const { name, storage } of versions)
    if (storage && !stored.includes(name)) yield invalidValue(path, stored, `must have the storage version ${name}`)
  yield* each(stored, path, function* (name, at) {
    if (versions.some(version => version.name === name)) return
    yield invalidValue(
      at,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    )
  })
}

/** The formats that values of each type may have; others are not looked at (upstream: apiserver/validation/formats.go). */
const formats: Readonly<Record<string, ReadonlySet<string>>> = {
  string: new Set(
    'bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor byte password date duration datetime k8s-short-name k8s-long-name k8sshortname k8slongname'.split(
      ' ',
    ),
  ),
  integer: new Set(['int32', 'int64']),
  number: new Set(['float', 'double']),
}

const unknownFormats = ({ versions = [] }: CustomResourceDefinitionSpec): string[] =>
  versions.flatMap(({ schema }) =>
    [...subschemas(schema?.openAPIV3Schema)].flatMap(({ type = 'string', format }) =>
      format && formats[type] && !formats[type].has(format.replaceAll('-', '')) ? [format] : [],
    ),
  )

import { FlowSchema, PriorityLevelConfiguration } from '#api/flowcontrol/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { reconcile } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { clone } from '#machinery/clone.ts'
import { equal } from '#machinery/equality.ts'
import { mandatoryFlowSchemas, suggestedFlowSchemas } from './flow-schemas.ts'
import { mandatoryPriorityLevels, suggestedPriorityLevels } from './priority-levels.ts'

type Specified = KubeObject & { readonly spec: object }

const autoUpdate = 'apf.kubernetes.io/autoupdate-spec'

/**
 * Makes the objects of flow control that a cluster begins with (upstream: registry/flowcontrol/ensurer). Those that must be are put
 * right; the others too, until somebody has changed one or said that it is his.
 */
export async function ensureFlowControl(reader: Reader): Promise<void> {
  await Promise.all([
    ...mandatoryPriorityLevels.map(level => reconcile(reader, PriorityLevelConfiguration, level, mended)),
    ...mandatoryFlowSchemas.map(schema => reconcile(reader, FlowSchema, schema, mended)),
    ...suggestedPriorityLevels.map(level => reconcile(reader, PriorityLevelConfiguration, level, mendedIfOurs)),
    ...suggestedFlowSchemas.map(schema => reconcile(reader, FlowSchema, schema, mendedIfOurs)),
  ])
}

function mended<T extends Specified>(current: Readonly<T>, wanted: Readonly<T>): T | undefined {
  const { metadata, spec } = current
  // How much the exempt level may lend is anybody's to say.
  const free = wanted.kind === PriorityLevelConfiguration.kind && wanted.metadata.name === 'exempt'
  if (metadata.annotations?.[autoUpdate] === 'true' && (free || equal(spec, wanted.spec))) return undefined
  const annotations = { ...metadata.annotations, ...wanted.metadata.annotations }
  return clone({ ...current, metadata: { ...metadata, annotations }, spec: wanted.spec })
}

/** The same for an object that nobody else has taken care of. */
function mendedIfOurs<T extends Specified>(current: Readonly<T>, wanted: Readonly<T>): T | undefined {
  const { annotations, generation } = current.metadata
  const said = annotations?.[autoUpdate]
  return said === 'true' || (said === undefined && generation === 1) ? mended(current, wanted) : undefined
}

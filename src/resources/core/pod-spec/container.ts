import type { Container, EphemeralContainer, PodSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { dns1123Label } from '#machinery/names.ts'
import { named, oneOf } from '#resources/checks.ts'
import { validateEnv } from './env.ts'
import { type VolumesByName, validateMounts } from './mounts.ts'
import { validatePorts } from './ports.ts'
import { validateContainerResourceName, validateRequirements } from './requirements.ts'
import { validateResizePolicy } from './restart.ts'
import { validateContainerSecurity } from './security.ts'

/** What containers have around them: the pod's spec, its volumes that are well, and the names of its resource claims. */
export interface Surroundings {
  readonly spec: PodSpec
  readonly volumes: VolumesByName
  readonly claims: ReadonlySet<string>
}

/** Checks what containers of all three lists have in common. */
export function* validateContainer(
  container: Container | EphemeralContainer,
  { spec, volumes, claims }: Surroundings,
  path: string,
): Generator<Cause> {
  yield* named(container.name, `${path}.name`, dns1123Label)
  if (!container.image) yield required(`${path}.image`)
  yield* oneOf(container.terminationMessagePolicy, `${path}.terminationMessagePolicy`, ['File', 'FallbackToLogsOnError'])
  yield* validatePorts(container.ports, `${path}.ports`)
  yield* validateEnv(container, path)
  yield* validateMounts(container, volumes, path)
  yield* oneOf(container.imagePullPolicy, `${path}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never'])
  yield* validateRequirements(container.resources, claims, validateContainerResourceName, `${path}.resources`)
  yield* validateResizePolicy(container.resizePolicy, spec.restartPolicy, `${path}.resizePolicy`)
  yield* validateContainerSecurity(container.securityContext, spec.hostUsers !== false, `${path}.securityContext`)
}

/** Checks the image of a container that is to run: templates may still hold blanks. */
export function* validateImageText({ image = '' }: { image?: string }, path: string): Generator<Cause> {
  if (image !== image.trim()) yield invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace')
}

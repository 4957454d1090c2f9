import type { DeviceTaint, DeviceToleration } from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { labelValue, qualifiedName } from '#machinery/names.ts'
import { oneOf } from '#resources/checks.ts'

const effects = ['NoExecute', 'NoSchedule', 'None']

/** Checks what keeps claims away from a device. */
export function* validateDeviceTaint({ key = '', value, effect }: DeviceTaint, path: string): Generator<Cause> {
  yield* invalidEach(`${path}.key`, key, qualifiedName(key))
  if (value) yield* invalidEach(`${path}.value`, value, labelValue(value))
  yield* oneOf(effect, `${path}.effect`, effects)
}

/** Checks what does not keep a claim away from a device. */
export function* validateDeviceToleration(
  { key, operator, value = '', effect }: DeviceToleration,
  path: string,
): Generator<Cause> {
  if (key) yield* invalidEach(`${path}.key`, key, qualifiedName(key))
  if (operator === 'Exists') {
    if (value) yield invalidValue(`${path}.value`, value, 'must be empty for operator `Exists`')
  } else if (operator === 'Equal') yield* invalidEach(`${path}.value`, value, labelValue(value))
  else if (operator) yield notSupported(`${path}.operator`, operator, ['Equal', 'Exists'])
  else yield required(`${path}.operator`)
  if (effect && !effects.includes(effect)) yield notSupported(`${path}.effect`, effect, effects)
}

import type { DeviceConfiguration, DeviceSelector } from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, required, tooLong } from '#machinery/causes.ts'
import { isRecord } from '#machinery/clone.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'
import { atMost } from './lists.ts'

const mostSelectors = 32
const longestExpression = 10 * 1024
const longestParameters = 10 * 1024

/** Checks which devices are meant. Whether expressions compile is not judged here. */
export const validateDeviceSelectors = (selectors: readonly DeviceSelector[] | undefined, path: string): Generator<Cause> =>
  atMost(mostSelectors, selectors, path, function* ({ cel }, at) {
    if (!cel) yield required(`${at}.cel`)
    else if (Buffer.byteLength(cel.expression ?? '') > longestExpression) yield tooLong(`${at}.cel.expression`, longestExpression)
  })

/** Checks what a driver is told of a device. */
export function* validateDeviceConfiguration({ opaque }: DeviceConfiguration, path: string): Generator<Cause> {
  if (!opaque) {
    yield required(`${path}.opaque`)
    return
  }
  yield* validateDriverName(opaque.driver, `${path}.opaque.driver`)
  yield* validateRaw(opaque.parameters, `${path}.opaque.parameters`, longestParameters)
}

/** Checks a JSON object of any kind. */
export function* validateRaw(value: unknown, path: string, longest: number): Generator<Cause> {
  if (value === undefined || value === null) yield required(path)
  else if (Buffer.byteLength(JSON.stringify(value)) > longest) yield tooLong(path, longest)
  else if (!isRecord(value)) yield invalidValue(path, '<value omitted>', 'must be a valid JSON object')
}

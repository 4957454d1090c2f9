import type { Condition } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, notSupported, required, tooLong } from '#machinery/causes.ts'
import { type NameCheck, qualifiedName } from '#machinery/names.ts'
import { each } from './checks.ts'

const statuses = ['False', 'True', 'Unknown']
const longestReason = 1024
const longestMessage = 32 * 1024

/** Checks a list of metav1.Conditions: one of each type (upstream: metav1validation.ValidateConditions). */
export function* validateConditions(conditions: readonly Condition[] | undefined, path: string): Generator<Cause> {
  const types = conditions?.map(({ type }) => type) ?? []
  yield* each(conditions, path, function* (condition, at, index) {
    const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition
    if (types.indexOf(condition.type) < index) yield duplicate(at, type)
    if (!type) yield required(`${at}.type`, 'is required')
    else yield* invalidEach(`${at}.type`, type, qualifiedName(type))
    if (!status) yield required(`${at}.status`)
    else if (!statuses.includes(status)) yield notSupported(`${at}.status`, status, statuses)
    if (observedGeneration < 0)
      yield invalidValue(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')
    if (!lastTransitionTime) yield required(`${at}.lastTransitionTime`)
    if (!reason) yield required(`${at}.reason`)
    else yield* invalidEach(`${at}.reason`, reason, conditionReason(reason))
    if (Buffer.byteLength(reason) > longestReason) yield tooLong(`${at}.reason`, longestReason)
    if (Buffer.byteLength(message) > longestMessage) yield tooLong(`${at}.message`, longestMessage)
  })
}

const pattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const wholly = new RegExp(`^${pattern}$`)

const conditionReason: NameCheck = value =>
  wholly.test(value)
    ? []
    : [
        "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' " +
          `(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${pattern}')`,
      ]

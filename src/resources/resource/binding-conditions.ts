import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue } from '#machinery/causes.ts'
import { qualifiedName } from '#machinery/names.ts'
import { atMost } from './lists.ts'

const most = 4

/** Checks the conditions that must hold, and must not, before a pod is bound to a node with a device. */
export function* validateBindingConditions(
  {
    bindingConditions: wanted = [],
    bindingFailureConditions: failed = [],
  }: {
    readonly bindingConditions?: readonly string[]
    readonly bindingFailureConditions?: readonly string[]
  },
  path: string,
): Generator<Cause> {
  const names = { bindingConditions: wanted, bindingFailureConditions: failed }
  for (const [field, list] of Object.entries(names))
    yield* atMost(most, list, `${path}.${field}`, (name, at) => invalidEach(at, name, qualifiedName(name)))
  for (const [field, list] of Object.entries(names))
    for (const [index, name] of list.entries()) {
      const at = `${path}.${field}[${index}]`
      if (list.indexOf(name) < index) yield duplicate(at, name)
      if (list === failed && wanted.includes(name))
        yield invalidValue(at, name, 'bindingFailureConditions must not overlap with bindingConditions')
    }
  if (wanted.length === 0 && failed.length > 0)
    yield invalidValue(`${path}.bindingConditions`, wanted, 'bindingConditions are required to use bindingFailureConditions')
  if (failed.length === 0 && wanted.length > 0)
    yield invalidValue(
      `${path}.bindingFailureConditions`,
      failed,
      'bindingFailureConditions are required to use bindingConditions',
    )
}

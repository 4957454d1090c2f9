import type { Container, ContainerRestartRule } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidValue, notSupported, required, tooMany } from '#machinery/causes.ts'
import { each, oneOf } from '#resources/checks.ts'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart', 'RestartAllContainers']
const operators = ['In', 'NotIn']
const most = { rules: 20, exitCodes: 255 }

/** Checks when one container of a pod is started again. */
export function* validateRestart({ restartPolicy, restartPolicyRules = [] }: Container, path: string): Generator<Cause> {
  const at = `${path}.restartPolicyRules`
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length)
      yield required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')
  } else if (!policies.includes(restartPolicy)) yield notSupported(`${path}.restartPolicy`, restartPolicy, policies)
  if (restartPolicyRules.length > most.rules) yield tooMany(at, restartPolicyRules.length, most.rules)
  yield* each(restartPolicyRules, at, validateRule)
}

function* validateRule({ action, exitCodes }: ContainerRestartRule, path: string): Generator<Cause> {
  if (!actions.includes(action)) yield notSupported(`${path}.action`, action ?? '', actions)
  if (!exitCodes) {
    yield required(`${path}.exitCodes`, 'must be specified')
    return
  }
  const { operator, values = [] } = exitCodes
  if (!operators.includes(operator)) yield notSupported(`${path}.exitCodes.operator`, operator ?? '', operators)
  if (values.length > most.exitCodes) yield tooMany(`${path}.exitCodes.values`, values.length, most.exitCodes)
}

/** Checks whether a container must start again for its resources to change. Upstream tells most of it of the list as a whole. */
export function* validateResizePolicy(
  resizePolicy: Container['resizePolicy'],
  podRestartPolicy: string | undefined,
  path: string,
): Generator<Cause> {
  const seen = new Set<string>()
  yield* each(resizePolicy, path, function* ({ resourceName, restartPolicy }, at) {
    if (seen.has(resourceName)) yield duplicate(at, resourceName)
    seen.add(resourceName)
    yield* oneOf(resourceName, path, ['cpu', 'memory'])
    yield* oneOf(restartPolicy, path, ['NotRequired', 'RestartContainer'])
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      yield invalidValue(path, restartPolicy ?? '', "must be 'NotRequired' when `restartPolicy` is 'Never'")
    }
  })
}

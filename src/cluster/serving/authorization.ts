import { type Policy, readPolicies } from '#apiserver/authorization/abac.ts'
import type { Mode } from '#apiserver/authorization/authority.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { type Configured, configuredModes, type Webhook } from './authorization-configuration.ts'
import { readEndpoint } from './endpoint.ts'
import { changesIn, readFlagged } from './files.ts'

/** Who may do what, as upstream's flags say it. */
export interface AuthorizationFlags {
  readonly authorizationMode?: readonly string[]
  readonly authorizationConfig?: string
  /** Policies of ABAC. */
  readonly authorizationPolicyFile?: string
  readonly authorizationWebhookConfigFile?: string
  readonly authorizationWebhookVersion?: string
  /** In milliseconds. */
  readonly authorizationWebhookCacheAuthorizedTtl?: number
  readonly authorizationWebhookCacheUnauthorizedTtl?: number
}

const known = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook']

/** The authorizers that the flags ask for, in order; nothing, if they ask for none. Throws a sentence for flags that do not go together. */
export async function readAuthorization(flags: AuthorizationFlags): Promise<readonly Mode[] | undefined> {
  const { authorizationConfig: file, authorizationMode: modes, authorizationWebhookConfigFile: kubeconfig } = flags
  const policies = await policiesOf(flags)
  if (file) {
    if (modes || kubeconfig)
      throw new Error(
        '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
      )
    return modesOf(await readFlagged('authorization-config', file, configuredModes), policies)
  }
  if (!modes) return undefined
  if (modes.length === 0) throw new Error('at least one authorization-mode must be passed')
  const webhook: Webhook = {
    name: 'default',
    kubeconfig: kubeconfig ?? '',
    version: flags.authorizationWebhookVersion === 'v1' ? 'v1' : 'v1beta1',
    authorizedTtlMs: flags.authorizationWebhookCacheAuthorizedTtl ?? 300_000,
    unauthorizedTtlMs: flags.authorizationWebhookCacheUnauthorizedTtl ?? 30_000,
    timeoutMs: 30_000,
    failurePolicy: 'NoOpinion',
  }
  for (const [index, mode] of modes.entries()) {
    if (!known.includes(mode)) throw new Error(`authorization-mode "${mode}" is not a valid mode`)
    if (modes.indexOf(mode) !== index)
      throw new Error(`authorization-mode ["${modes.join('" "')}"] has mode specified more than once`)
  }
  if (modes.includes('Webhook') && !kubeconfig)
    throw new Error("authorization-mode Webhook's authorization config file not passed")
  if (!modes.includes('Webhook') && kubeconfig)
    throw new Error('cannot specify --authorization-webhook-config-file without mode Webhook')
  if (policies && !modes.includes('ABAC')) throw new Error('cannot specify --authorization-policy-file without mode ABAC')
  return modesOf(
    modes.map(mode => (mode === 'Webhook' ? webhook : (mode as Configured))),
    policies,
  )
}

/** The authorizers that the file of --authorization-config asks for while the server runs; nothing without such a file. */
export function authorizationChanges(
  flags: AuthorizationFlags,
  before: readonly Mode[],
  world: { readonly clock: Clock; readonly log: Log },
): ((signal: AbortSignal) => AsyncIterable<readonly Mode[]>) | undefined {
  const { authorizationConfig: file } = flags
  if (!file) return undefined
  const parse = async (text: string): Promise<readonly Mode[]> => {
    const configured = configuredModes(text)
    const types = configured.filter(mode => typeof mode === 'string')
    const missing = before.flatMap(typeOf).filter(type => !types.includes(type))
    // Or a file that was emptied by mistake would let nobody in who could mend it (upstream has the same two rules).
    if (missing.length > 0) throw new Error(`missing required types: ${missing.join(', ')}`)
    for (const type of types)
      if (!type.startsWith('Always') && !before.flatMap(typeOf).includes(type))
        throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`)
    return modesOf(configured, await policiesOf(flags))
  }
  return signal => changesIn({ flag: 'authorization-config', file }, parse, world, signal)
}

const typeOf = (mode: Mode): readonly Exclude<Configured, Webhook>[] =>
  typeof mode === 'string' ? [mode] : 'policies' in mode ? ['ABAC'] : []

const policiesOf = async ({ authorizationPolicyFile: file }: AuthorizationFlags): Promise<readonly Policy[] | undefined> =>
  file ? readFlagged('authorization-policy-file', file, readPolicies) : undefined

const modesOf = (modes: readonly Configured[], policies: readonly Policy[] | undefined): Promise<readonly Mode[]> =>
  Promise.all(modes.map(mode => modeOf(mode, policies)))

/** A mode, ready to be asked: of a webhook, where it is. */
async function modeOf(mode: Configured, policies: readonly Policy[] | undefined): Promise<Mode> {
  if (mode === 'ABAC') {
    if (!policies) throw new Error("authorization-mode ABAC's authorization policy file not passed")
    return { policies }
  }
  if (typeof mode === 'string') return mode
  const { kubeconfig, ...settings } = mode
  return { ...settings, endpoint: await readEndpoint(kubeconfig, `the kubeconfig of the webhook ${mode.name} cannot be used`) }
}

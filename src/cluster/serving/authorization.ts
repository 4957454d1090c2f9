import type { Mode } from '#apiserver/authorization/authority.ts'
import { type Configured, configuredModes, type Webhook } from './authorization-configuration.ts'
import { readEndpoint } from './endpoint.ts'
import { readFlagged } from './files.ts'

/** Who may do what, as upstream's flags say it. */
export interface AuthorizationFlags {
  readonly authorizationMode?: readonly string[]
  readonly authorizationConfig?: string
  readonly authorizationWebhookConfigFile?: string
  readonly authorizationWebhookVersion?: string
  /** In milliseconds. */
  readonly authorizationWebhookCacheAuthorizedTtl?: number
  readonly authorizationWebhookCacheUnauthorizedTtl?: number
}

const known = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook']

/** The authorizers that the flags ask for, in order; nothing, if they ask for none. Throws a sentence for flags that do not go together. */
export async function readAuthorization(flags: AuthorizationFlags): Promise<readonly Mode[] | undefined> {
  const { authorizationConfig: file, authorizationMode: modes, authorizationWebhookConfigFile: kubeconfig } = flags
  if (file) {
    if (modes || kubeconfig)
      throw new Error(
        '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
      )
    return Promise.all((await readFlagged('authorization-config', file, configuredModes)).map(modeOf))
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
  return Promise.all(modes.map(mode => modeOf(mode === 'Webhook' ? webhook : (mode as Configured))))
}

/** A mode, ready to be asked: of a webhook, where it is. */
async function modeOf(mode: Configured): Promise<Mode> {
  if (typeof mode === 'string') return mode
  const { kubeconfig, ...settings } = mode
  return { ...settings, endpoint: await readEndpoint(kubeconfig, `the kubeconfig of the webhook ${mode.name} cannot be used`) }
}

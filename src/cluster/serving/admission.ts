import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { AdmissionSettings } from '#apiserver/admission/settings.ts'
import { isRecord } from '#machinery/clone.ts'
import { decodeYaml } from '#machinery/yaml.ts'
import { readFlagged } from './files.ts'

/** Who has a say in writes, as upstream's flags say it. */
export interface AdmissionFlags {
  readonly enableAdmissionPlugins?: readonly string[]
  readonly disableAdmissionPlugins?: readonly string[]
  readonly admissionControlConfigFile?: string
}

/** What the flags come to. Throws a sentence for files that are not what they should be. */
export async function readAdmission(flags: AdmissionFlags): Promise<AdmissionSettings> {
  const { enableAdmissionPlugins: enabled, disableAdmissionPlugins: disabled, admissionControlConfigFile: file } = flags
  return {
    ...(enabled && { enabled }),
    ...(disabled && { disabled }),
    ...(file && { configurations: await configurationsIn(file) }),
  }
}

/** What an AdmissionConfiguration says for each plugin: in it, or in a file that it names. */
async function configurationsIn(file: string): Promise<Readonly<Record<string, unknown>>> {
  const entries = await readFlagged('admission-control-config-file', file, pluginsIn)
  const read = async ({ name, path, configuration }: Entry): Promise<[string, unknown]> => {
    if (configuration !== undefined || !path) return [name, configuration]
    return [name, decodeYaml(await readFile(resolve(dirname(file), path)))]
  }
  return Object.fromEntries(await Promise.all(entries.map(read)))
}

interface Entry {
  readonly name: string
  readonly path: string | undefined
  readonly configuration: unknown
}

function pluginsIn(text: string): readonly Entry[] {
  const said = decodeYaml(text)
  if (
    !isRecord(said) ||
    said.kind !== 'AdmissionConfiguration' ||
    !/^apiserver\.(config\.)?k8s\.io\//.test(String(said.apiVersion))
  )
    throw new Error('it is no AdmissionConfiguration of apiserver.config.k8s.io/v1')
  const plugins = said.plugins ?? []
  if (!Array.isArray(plugins)) throw new Error('plugins: must be a list')
  return plugins.map((plugin: unknown, index) => {
    if (!isRecord(plugin) || typeof plugin.name !== 'string' || plugin.name === '')
      throw new Error(`plugins[${index}].name: Required value`)
    const { name, path, configuration, ...rest } = plugin
    const [unknown] = Object.keys(rest)
    if (unknown) throw new Error(`strict decoding error: unknown field "plugins[${index}].${unknown}"`)
    return { name, path: typeof path === 'string' ? path : undefined, configuration }
  })
}

import { readFile } from 'node:fs/promises'
import type { Kind } from '#api/kind.ts'
import { decodeYaml } from '#machinery/yaml.ts'
import { ciphers } from '#storage/encryption/ciphers.ts'
import { identity, type Provider } from '#storage/encryption.ts'
import { type EncryptionConfiguration, groupResource, problemsOf } from './encryption-rules.ts'

/** Who locks the objects of a kind; nothing: nobody. */
export type Locks = (kind: Kind) => readonly Provider[] | undefined

/** Reads a file that says what lies encrypted (upstream: --encryption-provider-config). Throws a sentence that names the file and what is wrong. */
export async function readEncryption(file: string): Promise<Locks> {
  const refuse = (why: string): Error => new Error(`the encryption configuration ${file} cannot be used: ${why}`)
  const text = await readFile(file).catch((error: Error) => {
    throw refuse(error.message)
  })
  const configuration = parse(text, refuse)
  const [problem] = problemsOf(configuration)
  if (problem) throw refuse(`${problem.field}: ${problem.message}`)
  const providers = new Map<string, Provider[]>()
  for (const rule of configuration.resources) {
    const own = rule.providers.flatMap(providersOf)
    for (const name of rule.resources.map(normal)) {
      const mask = [allOf(groupResource(name).group), everything].find(each => each !== name && providers.has(each))
      if (mask) throw refuse(`resource "${name}" is masked by earlier rule "${mask}"`)
      providers.set(name, [...(providers.get(name) ?? []), ...own])
    }
  }
  return ({ group, plural }) =>
    providers.get(normal(`${plural}.${group}`)) ?? providers.get(allOf(group)) ?? providers.get(everything)
}

const everything = '*.*'
const allOf = (group: string): string => `*.${group}`

/** A resource of the core group may be written with or without a dot; all of them with one. */
const normal = (name: string): string => (name === '*.' ? name : name.replace(/\.$/, ''))

function parse(text: Buffer, refuse: (why: string) => Error): EncryptionConfiguration {
  let value: unknown
  try {
    value = decodeYaml(text)
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  const { kind, apiVersion, ...rest } = Object(value)
  if (kind !== 'EncryptionConfiguration' || apiVersion !== 'apiserver.config.k8s.io/v1')
    throw refuse(
      `it is no EncryptionConfiguration of apiserver.config.k8s.io/v1, but ${kind ?? 'nothing'} of ${apiVersion ?? 'no version'}`,
    )
  const [unknown] = Object.keys(rest).filter(name => name !== 'resources')
  if (unknown !== undefined) throw refuse(`strict decoding error: unknown field "${unknown}"`)
  return rest
}

function providersOf(provider: EncryptionConfiguration['resources'][number]['providers'][number]): Provider[] {
  const [[name, settings]] = Object.entries(provider) as [
    [string, { keys?: readonly { name?: string; secret?: string }[] } | null],
  ]
  const cipher = ciphers[name]
  if (!cipher) return [identity]
  return settings!.keys!.map(key => cipher.provider({ name: key.name!, secret: Buffer.from(key.secret!, 'base64') }))
}

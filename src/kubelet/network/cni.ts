import { spawn } from 'node:child_process'
import { join } from 'node:path'

/*
 * The Container Network Interface: a plugin is a program that takes its configuration as JSON on stdin, and what to do for whom in
 * its environment; it answers with a result, or an error, as JSON on stdout.
 */

const cniVersion = '1.0.0'

export type Verb = 'ADD' | 'DEL'

/** A plugin's own configuration. `type` is also the name of its program. */
export type Plugin = { readonly type: string } & object

/** What of a plugin's result is of interest here; all of it must be kept. */
export interface CniResult {
  readonly ips?: readonly { readonly address: string }[]
}

/** Whom a plugin works for. */
export interface Attachment {
  readonly id: string
  /** Empty if it is gone. */
  readonly namespacePath: string
  /** What else a plugin may want to know. */
  readonly args: Readonly<Record<string, string>>
}

/** Calls a plugin, from the first folder that has it. Throws what the plugin says went wrong. */
export async function callPlugin(
  path: readonly string[],
  type: string,
  verb: Verb,
  attachment: Attachment,
  config: object,
): Promise<CniResult> {
  const env = environment(verb, attachment, path)
  const input = JSON.stringify({ cniVersion, ...config })
  for (const directory of path) {
    const answer = await output(join(directory, type), env, input)
    if (!answer) continue
    const said = answer.text ? (JSON.parse(answer.text) as CniResult & { msg?: string; details?: string }) : {}
    if (answer.code === 0) return said
    const why = [said.msg ?? `exit code ${answer.code}`, said.details].filter(Boolean).join(': ')
    throw new Error(`plugin type="${type}" failed (${verb.toLowerCase()}): ${why}`)
  }
  throw new Error(`failed to find plugin "${type}" in path [${path.join(' ')}]`)
}

const environment = (verb: Verb, { id, namespacePath, args }: Attachment, path: readonly string[]): NodeJS.ProcessEnv => ({
  // The plugins call iptables and each other.
  PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  CNI_COMMAND: verb,
  CNI_CONTAINERID: id,
  CNI_NETNS: namespacePath,
  CNI_IFNAME: 'eth0',
  CNI_PATH: path.join(':'),
  CNI_ARGS: Object.entries({ IgnoreUnknown: '1', ...args })
    .map(pair => pair.join('='))
    .join(';'),
})

/** What a program says, and how it ended; undefined if there is no such program. */
function output(
  program: string,
  env: NodeJS.ProcessEnv,
  input: string,
): Promise<{ code: number | null; text: string } | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, { env, stdio: ['pipe', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    child.once('error', (cause: NodeJS.ErrnoException) => (cause.code === 'ENOENT' ? resolve(undefined) : reject(cause)))
    child.once('close', code => resolve({ code, text }))
    // A plugin that fails early does not read its input.
    child.stdin.once('error', () => {}).end(input)
  })
}

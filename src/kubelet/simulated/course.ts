import type { Container, Pod } from '#api/core/v1.ts'

/** What a container that does not exist would do. */
export interface Course {
  /** What it writes when it starts. */
  readonly output: string
  /** When it ends by itself; never, if left out. */
  readonly end?: { readonly afterMs: number; readonly exitCode: number }
}

/** Annotations of a pod that say how its containers (not the init containers) end: a number, and a duration such as `1m30s`. */
export const exitCodeAnnotation = 'pinnace.dev/simulated-exit-code'
export const exitAfterAnnotation = 'pinnace.dev/simulated-exit-after'

const notice = 'simulated container: nothing runs here\n'
const usualJobMs = 1000

/**
 * What a container would do: what its pod's annotations say; else what its command says, if it is made of nothing but `echo`,
 * `sleep`, `true`, `false` and `exit`; else init containers succeed at once, those of a Job's pod after a second, and all others run on.
 */
export function courseOf(pod: Readonly<Pod>, container: Readonly<Container>): Course {
  const said = scriptOf(container)
  const output = said?.output ?? notice
  const end = (isInit(pod, container) ? undefined : annotated(pod)) ?? said?.end ?? usual(pod, container)
  return { output, ...(end && { end }) }
}

function annotated({ metadata }: Readonly<Pod>): Course['end'] {
  const code = metadata.annotations?.[exitCodeAnnotation]
  const after = metadata.annotations?.[exitAfterAnnotation]
  if (code === undefined && after === undefined) return undefined
  return { exitCode: Number(code ?? 0) || 0, afterMs: durationMs(after ?? '') }
}

function usual(pod: Readonly<Pod>, container: Readonly<Container>): Course['end'] {
  if (isInit(pod, container)) return container.restartPolicy === 'Always' ? undefined : { exitCode: 0, afterMs: 0 }
  const isOfJob = pod.metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === 'Job')
  return isOfJob ? { exitCode: 0, afterMs: usualJobMs } : undefined
}

const isInit = ({ spec }: Readonly<Pod>, container: Readonly<Container>): boolean =>
  spec?.initContainers?.some(({ name }) => name === container.name) ?? false

/** What a simple command does; undefined if it is not simple. */
function scriptOf({ command = [], args = [] }: Readonly<Container>): Course | undefined {
  const words = [...command, ...args]
  if (words.length === 0) return undefined
  const isShell = /^(?:\/bin\/|\/usr\/bin\/)?(?:ba|a|da)?sh$/.test(words[0]!) && words[1] === '-c'
  const statements = isShell ? (words[2] ?? '').split(/;|&&|\n/).map(text => text.trim()) : [words.join(' ')]
  let output = ''
  let afterMs = 0
  let exitCode = 0
  for (const statement of statements.filter(Boolean)) {
    const [, verb = '', rest = ''] = /^(?:exec\s+)?(\w+)\s*([^|<>&$`(){}]*)$/.exec(statement) ?? []
    if (verb === 'echo') output += `${rest.replace(/^(["'])(.*)\1$/, '$2')}\n`
    else if (verb === 'true' || verb === 'false') exitCode = verb === 'true' ? 0 : 1
    else if (verb === 'sleep' && /^[\d.]+[smhd]?$/.test(rest)) afterMs += durationMs(/\d$/.test(rest) ? `${rest}s` : rest)
    else if (verb === 'sleep' && rest === 'infinity') return { output }
    else if (verb === 'exit') return { output, end: { afterMs, exitCode: Number(rest) || 0 } }
    else return undefined
  }
  return { output, end: { afterMs, exitCode } }
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `1h30m`, `500ms`, `2.5s`; what cannot be read counts as nothing. */
const durationMs = (text: string): number =>
  Array.from(text.matchAll(/([\d.]+)(ms|[smhd])/g)).reduce(
    (sum, [, amount, unit]) => sum + (Number(amount) || 0) * units[unit!]!,
    0,
  )

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What a type and its fields are for, in upstream's sentences. */
export interface Description {
  readonly text?: string
  readonly fields: ReadonlyMap<string, string>
}

/** The description of a type by its name in the facts: `core.v1.PodSpec`. Empty where there is none. */
export type Describe = (type: string) => Description

const none: Description = { fields: new Map() }

/**
 * Reads descriptions from the models of the installed @kubernetes/client-node, each when it is first asked for. Nothing of the
 * package is run. Where it is not installed, nothing has a description.
 */
export function openDescriptions(folder: string | undefined = modelsFolder()): Describe {
  const known = new Map<string, Description>()
  return type => {
    const before = known.get(type)
    if (before) return before
    const found = (folder && read(folder, type)) || none
    known.set(type, found)
    return found
  }
}

function modelsFolder(): string | undefined {
  try {
    return fileURLToPath(new URL('gen/models/', import.meta.resolve('@kubernetes/client-node')))
  } catch {
    return undefined
  }
}

function read(folder: string, type: string): Description | undefined {
  const [group = '', version = '', name = ''] = type.split('.')
  // Names that several groups have carry their group: CoreV1Event.
  const candidates = [`${capital(version)}${name}`, `${capital(group)}${capital(version)}${name}`]
  const path = candidates.map(each => `${folder}/${each}.d.ts`).find(each => existsSync(each))
  return path === undefined ? undefined : parse(readFileSync(path, 'utf8'))
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const documented = /\/\*\*\s*\n((?:\s*\*.*\n)*?)\s*\*\/\s*\n\s*(?:export declare (class)|'([^']+)'\??:)/g

/** The doc comments of a class and its members. */
function parse(source: string): Description {
  const fields = new Map<string, string>()
  let text: string | undefined
  for (const [, comment = '', isClass, name] of source.matchAll(documented)) {
    const said = comment
      .replace(/^\s*\* ?/gm, '')
      .replace(/\\(['"])/g, '$1')
      .trim()
    if (isClass) text = said
    else fields.set(name!, said)
  }
  return { ...(text && { text }), fields }
}

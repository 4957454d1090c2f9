import { ConfigMap, Secret } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'

/** ConfigMaps and Secrets, as fresh as the asker needs them: asked of the API server no earlier than `since`. NotFound is thrown. */
export interface Sources {
  configMap(namespace: string, name: string, since: Date): Promise<Readonly<ConfigMap>>
  secret(namespace: string, name: string, since: Date): Promise<Readonly<Secret>>
}

interface Answer {
  readonly at: number
  readonly object: Promise<KubeObject>
}

/** How many answers are kept before old ones are let go. */
const most = 5000
const oldMs = 5 * 60_000

/** Sources out of one client, shared by all who ask at about the same time. */
export function sources(client: Client, clock: Clock): Sources {
  const answers = new Map<string, Answer>()
  const tidy = (now: number): void => {
    if (answers.size < most) return
    for (const [id, { at }] of answers) if (at < now - oldMs) answers.delete(id)
  }
  const get = <T extends KubeObject>(kind: Kind<T>, namespace: string, name: string, since: Date): Promise<T> => {
    const id = `${kind.plural}/${namespace}/${name}`
    const known = answers.get(id)
    if (known && known.at >= since.getTime()) return known.object as Promise<KubeObject> as Promise<T>
    const now = clock.now().getTime()
    tidy(now)
    const object = client.get(kind, { namespace, name })
    const answer: Answer = { at: now, object }
    answers.set(id, answer)
    object.catch(() => answers.get(id) === answer && answers.delete(id))
    return object
  }
  return {
    configMap: (namespace, name, since) => get(ConfigMap, namespace, name, since),
    secret: (namespace, name, since) => get(Secret, namespace, name, since),
  }
}

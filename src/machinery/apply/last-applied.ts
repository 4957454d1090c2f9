import type { KubeObject } from '#api/object.ts'
import { isRecord } from '#machinery/clone.ts'
import { DecodeError, decode } from '#machinery/json.ts'
import { maxAnnotationBytes } from '#machinery/metadata.ts'
import type { Schema } from '#machinery/schema.ts'
import { misfit } from './check.ts'
import { compare } from './compare.ts'
import { fieldsOf } from './extract.ts'
import { difference, type FieldSet } from './field-set.ts'
import type { Members } from './form.ts'

/** Where kubectl's client-side apply notes what was applied. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * The fields that client-side apply set and that are still as it set them: server-side apply by kubectl takes them without asking
 * (upstream: lastappliedmanager.go). Undefined where that cannot be told.
 */
export function fieldsOfLastApplied(live: KubeObject, schema: Schema | undefined): FieldSet | undefined {
  const last = read(live.metadata.annotations?.[annotation])
  if (!last || last.apiVersion !== live.apiVersion || misfit(last, schema) !== undefined) return undefined
  const { modified, added, removed } = compare(last, live as unknown as Members, schema)
  return [modified, added, removed].reduce(difference, fieldsOf(last, schema))
}

function read(text: string | undefined): Members | undefined {
  if (!text) return undefined
  try {
    const value = decode(text)
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Annotations in which the note of an object that has one says what was applied now, so that client-side apply may go on from it. */
export function withLastApplied(annotations: Record<string, string>, config: Members): Record<string, string> {
  if (!annotations[annotation]) return annotations
  const { [annotation]: _, ...others } = annotations
  const noted = { ...others, [annotation]: `${JSON.stringify(inOrder(bare(config)))}\n` }
  const bytes = Object.entries(noted).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  return bytes > maxAnnotationBytes ? others : noted
}

/** A configuration without the note itself. */
function bare(config: Members): Members {
  const metadata = config.metadata as { annotations?: Record<string, string> } | undefined
  if (!metadata?.annotations) return config
  const { [annotation]: _, ...annotations } = metadata.annotations
  return { ...config, metadata: { ...metadata, annotations } }
}

/** A value with all keys in order, as Go writes maps. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, inOrder(value[key])]),
  )
}

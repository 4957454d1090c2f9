/** A part of the cluster with a life of its own. `run` ends when the signal says so, and only then; ending early is an error. */
export interface Component {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
}

/** Runs parts together: if one falls, all stop, and the fall is thrown. */
export async function together(components: readonly Component[], signal: AbortSignal): Promise<void> {
  const fall = new AbortController()
  const either = AbortSignal.any([signal, fall.signal])
  await Promise.all(
    components.map(async component => {
      try {
        await component.run(either)
        if (!either.aborted) throw new Error('ended by itself')
      } catch (cause) {
        fall.abort()
        if (!signal.aborted)
          throw new Error(`${component.name} fell: ${cause instanceof Error ? cause.message : cause}`, { cause })
      }
    }),
  )
}

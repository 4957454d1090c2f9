/** One operation of a history: when it was asked and answered, and what it says of the state. */
export interface Operation<State> {
  readonly invoked: number
  /** Infinity: it was never answered, and may have taken effect at any time since, or never. */
  readonly returned: number
  /** What becomes of a state if the operation takes effect on it; nothing, if what was answered could not be answered there. */
  apply(state: State): State | undefined
}

/**
 * Whether there is an order of the operations that explains all answers and contradicts no clock: one that was answered before another
 * was asked comes first (Wing and Gong's search, with Lowe's memory of where it has been). `text` tells states apart.
 */
export function isLinearizable<State>(
  history: readonly Operation<State>[],
  initial: State,
  text: (state: State) => string,
): boolean {
  const operations = [...history].sort((a, b) => a.invoked - b.invoked)
  const been = new Set<string>()
  /** Operations before `from` have taken effect, and so have those of `ahead`, which lie behind it. */
  const stack: { readonly from: number; readonly ahead: readonly number[]; readonly state: State }[] = [
    { from: 0, ahead: [], state: initial },
  ]
  for (let place = stack.pop(); place; place = stack.pop()) {
    const { from, ahead, state } = place
    const open = untilFirstAnswer(operations, from, ahead)
    if (
      open.every(at => operations[at]!.returned === Number.POSITIVE_INFINITY) &&
      open.length === operations.length - from - ahead.length
    )
      return true
    for (const at of open) {
      const next = operations[at]!.apply(state)
      if (next === undefined) continue
      const then = advanced(
        from,
        [...ahead, at].sort((a, b) => a - b),
      )
      const name = `${then.from}:${then.ahead}:${text(next)}`
      if (been.has(name)) continue
      been.add(name)
      stack.push({ ...then, state: next })
    }
  }
  return false
}

/** The operations that may take effect next: asked before the first of all that are left was answered. */
function untilFirstAnswer<State>(operations: readonly Operation<State>[], from: number, ahead: readonly number[]): number[] {
  const open: number[] = []
  let end = Number.POSITIVE_INFINITY
  for (let at = from; at < operations.length && operations[at]!.invoked <= end; at++) {
    if (ahead.includes(at)) continue
    open.push(at)
    end = Math.min(end, operations[at]!.returned)
  }
  return open.filter(at => operations[at]!.invoked <= end)
}

function advanced(from: number, ahead: readonly number[]): { readonly from: number; readonly ahead: readonly number[] } {
  let count = 0
  while (ahead[count] === from + count) count++
  return { from: from + count, ahead: ahead.slice(count) }
}

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
 * was asked comes first (Wing and Gong's search, with Lowe's memory of where it has been). Those that were never answered need not come
 * at all, so they are kept apart: they would hold up the rest of a long history for ever. `text` tells states apart.
 */
export function isLinearizable<State>(
  history: readonly Operation<State>[],
  initial: State,
  text: (state: State) => string,
): boolean {
  const inOrder = [...history].sort((a, b) => a.invoked - b.invoked)
  const answered = inOrder.filter(({ returned }) => returned !== Number.POSITIVE_INFINITY)
  const unanswered = inOrder.filter(({ returned }) => returned === Number.POSITIVE_INFINITY)
  const been = new Set<string>()
  const stack: Place<State>[] = [{ from: 0, ahead: [], used: [], state: initial }]
  const go = (place: Place<State>): void => {
    const name = `${place.from}:${place.ahead}:${place.used}:${text(place.state)}`
    if (been.has(name)) return
    been.add(name)
    stack.push(place)
  }
  for (let place = stack.pop(); place; place = stack.pop()) {
    const { from, ahead, used, state } = place
    if (from === answered.length) return true
    const { open, end } = untilFirstAnswer(answered, from, ahead)
    // Looked at last, as what is put on a stack first: most histories are explained without them.
    for (const [at, { invoked, apply }] of unanswered.entries()) {
      if (invoked > end || used.includes(at)) continue
      const next = apply(state)
      if (next !== undefined && text(next) !== text(state)) go({ from, ahead, used: [...used, at].sort(byNumber), state: next })
    }
    for (const at of open) {
      const next = answered[at]!.apply(state)
      if (next !== undefined) go({ ...advanced(from, [...ahead, at].sort(byNumber)), used, state: next })
    }
  }
  return false
}

/** Answered operations before `from` have taken effect, those of `ahead`, which lie behind it, and the unanswered ones of `used`. */
interface Place<State> {
  readonly from: number
  readonly ahead: readonly number[]
  readonly used: readonly number[]
  readonly state: State
}

const byNumber = (a: number, b: number): number => a - b

/** The operations that may take effect next: asked before the first of all that are left was answered, at `end`. */
function untilFirstAnswer<State>(
  operations: readonly Operation<State>[],
  from: number,
  ahead: readonly number[],
): { readonly open: readonly number[]; readonly end: number } {
  const open: number[] = []
  let end = Number.POSITIVE_INFINITY
  for (let at = from; at < operations.length && operations[at]!.invoked <= end; at++) {
    if (ahead.includes(at)) continue
    open.push(at)
    end = Math.min(end, operations[at]!.returned)
  }
  return { open: open.filter(at => operations[at]!.invoked <= end), end }
}

function advanced(from: number, ahead: readonly number[]): { readonly from: number; readonly ahead: readonly number[] } {
  let count = 0
  while (ahead[count] === from + count) count++
  return { from: from + count, ahead: ahead.slice(count) }
}

/**
 * A map from strings to values in the order of JavaScript's `<`, which never changes: `with` and `without` give another one that
 * shares all but a path with this one. So every map one has seen is a snapshot that costs nothing.
 *
 * A weight-balanced tree (Adams), which also knows how many keys lie in a range: every page of a list asks. Of the packages, sorted-btree
 * walks along the range to count it, and functional-red-black-tree counts, but keeps equal keys apart and has no types.
 */
export class SortedMap<Value> {
  readonly #root: Tree<Value>

  private constructor(root: Tree<Value>) {
    this.#root = root
  }

  static empty<Value>(): SortedMap<Value> {
    return new SortedMap<Value>(undefined)
  }

  get(key: string): Value | undefined {
    let tree = this.#root
    while (tree && tree.key !== key) tree = key < tree.key ? tree.left : tree.right
    return tree?.value
  }

  /** O(log n). */
  with(key: string, value: Value): SortedMap<Value> {
    return new SortedMap(put(this.#root, key, value))
  }

  /** O(log n). */
  without(key: string): SortedMap<Value> {
    return new SortedMap(remove(this.#root, key))
  }

  /** The values of the keys from `start` up to, but not including, `end`, in order: O(log n) to the first, and O(1) from each to the next. */
  values(start: string, end: string): Generator<Value, void> {
    return between(this.#root, start, end)
  }

  /** How many there are of them: O(log n). */
  count(start: string, end: string): number {
    return Math.max(0, below(this.#root, end) - below(this.#root, start))
  }
}

interface Node<Value> {
  readonly key: string
  readonly value: Value
  readonly left: Tree<Value>
  readonly right: Tree<Value>
  /** How many keys there are, this one included. */
  readonly size: number
}
type Tree<Value> = Node<Value> | undefined

/** How many times the weight of one side the other may have, and of its inner side before it takes two turns: Hirai and Yamamoto's proven pair. */
const [delta, gamma] = [3, 2]

const sizeOf = <Value>(tree: Tree<Value>): number => tree?.size ?? 0
const weightOf = <Value>(tree: Tree<Value>): number => sizeOf(tree) + 1

function node<Value>({ key, value }: Pick<Node<Value>, 'key' | 'value'>, left: Tree<Value>, right: Tree<Value>): Node<Value> {
  return { key, value, left, right, size: sizeOf(left) + 1 + sizeOf(right) }
}

function put<Value>(tree: Tree<Value>, key: string, value: Value): Node<Value> {
  if (!tree) return node({ key, value }, undefined, undefined)
  if (key < tree.key) return balanced(tree, put(tree.left, key, value), tree.right)
  if (key > tree.key) return balanced(tree, tree.left, put(tree.right, key, value))
  return node({ key, value }, tree.left, tree.right)
}

function remove<Value>(tree: Tree<Value>, key: string): Tree<Value> {
  if (!tree) return undefined
  if (key < tree.key) return balanced(tree, remove(tree.left, key), tree.right)
  if (key > tree.key) return balanced(tree, tree.left, remove(tree.right, key))
  if (!tree.left || !tree.right) return tree.left ?? tree.right
  const next = first(tree.right)
  return balanced(next, tree.left, remove(tree.right, next.key))
}

function first<Value>(tree: Node<Value>): Node<Value> {
  return tree.left ? first(tree.left) : tree
}

/** A node over two trees of which one may have become too heavy by one key. */
function balanced<Value>(top: Pick<Node<Value>, 'key' | 'value'>, left: Tree<Value>, right: Tree<Value>): Node<Value> {
  if (right && weightOf(right) > delta * weightOf(left)) {
    const inner = right.left
    if (!inner || weightOf(inner) < gamma * weightOf(right.right)) return node(right, node(top, left, inner), right.right)
    return node(inner, node(top, left, inner.left), node(right, inner.right, right.right))
  }
  if (left && weightOf(left) > delta * weightOf(right)) {
    const inner = left.right
    if (!inner || weightOf(inner) < gamma * weightOf(left.left)) return node(left, left.left, node(top, inner, right))
    return node(inner, node(left, left.left, inner.left), node(top, inner.right, right))
  }
  return node(top, left, right)
}

/** With a stack of its own: generators that call themselves would pay for every level at every step. */
function* between<Value>(root: Tree<Value>, start: string, end: string): Generator<Value, void> {
  const path: Node<Value>[] = []
  for (let tree = root; tree; ) {
    if (tree.key < start) tree = tree.right
    else {
      path.push(tree)
      tree = tree.left
    }
  }
  for (let next = path.pop(); next && next.key < end; next = path.pop()) {
    yield next.value
    for (let tree = next.right; tree; tree = tree.left) path.push(tree)
  }
}

/** How many keys are smaller. */
function below<Value>(root: Tree<Value>, key: string): number {
  let count = 0
  for (let tree = root; tree; ) {
    if (tree.key < key) {
      count += sizeOf(tree.left) + 1
      tree = tree.right
    } else tree = tree.left
  }
  return count
}

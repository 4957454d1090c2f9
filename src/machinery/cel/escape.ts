import { reserved } from './reserved.ts'

const signs: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' }

/** The name that is written `a__dot__b`, as an expression can write no point; a text that is no such way to write one stands for itself. */
export function unescaped(text: string): string {
  if (!text.includes('__')) return text
  let isOne = true
  const name = text.replace(/__([^_]+)__/g, (all, inside: string) => {
    if (Object.hasOwn(signs, inside)) return signs[inside]!
    isOne &&= reserved.has(inside) && all === text
    return inside
  })
  return isOne ? name : text
}

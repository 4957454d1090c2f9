import type { Schema } from '#machinery/schema.ts'
import { oddValues } from './hostile.ts'
import type { Random } from './random.ts'

const words = [
  'a',
  'main',
  'default',
  'web',
  'example.com/x',
  '10.0.0.1',
  '5',
  '1Gi',
  '100m',
  'Always',
  'None',
  'TCP',
  'ClusterIP',
  '/path',
]
const numbers = [0, 1, 2, 80, -1, 65_535, 65_536, 2_147_483_647]

/** A value that has the shape of its schema and means nothing: most of what a kind's checks may ever be given. */
export function generate(schema: Schema, random: Random, depth = 0): unknown {
  const { pick, below, chance, next } = random
  if (chance(0.01)) return decoded(pick(oddValues))
  if (schema.enum && chance(0.8)) return pick(schema.enum)
  if (schema.intOrString) return chance(0.5) ? pick(numbers) : pick(words)
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time' ? '2026-01-01T00:00:00Z' : pick(words)
    case 'integer':
      return pick(numbers)
    case 'number':
      return next() * 100
    case 'boolean':
      return chance(0.5)
    case 'array':
      return depth > 9 ? [] : Array.from({ length: below(3) }, () => generate(schema.items ?? {}, random, depth + 1))
    default:
      return depth > 9 ? {} : members(schema, random, depth)
  }
}

function members({ properties = {}, required = [], additionalProperties }: Schema, random: Random, depth: number): object {
  const made: Record<string, unknown> = {}
  // Deep down less is said, or objects would not end.
  const likely = Math.max(0.1, 0.5 - depth / 12)
  for (const [name, schema] of Object.entries(properties))
    if (random.chance(required.includes(name) ? 0.95 : likely)) made[name] = generate(schema, random, depth + 1)
  if (additionalProperties)
    for (let left = random.below(3); left > 0; left--)
      made[random.pick(words)] = generate(additionalProperties, random, depth + 1)
  return made
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

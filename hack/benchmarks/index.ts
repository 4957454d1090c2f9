import type { Benchmark } from './benchmark.ts'
import { lists } from './lists.ts'
import { pods } from './pods.ts'
import { requests } from './requests.ts'
import { scheduling } from './scheduling.ts'
import { services } from './services.ts'
import { start } from './start.ts'
import { storage } from './storage.ts'
import { watches } from './watches.ts'

/** Everything that is measured, one line each. */
export const benchmarks: readonly Benchmark[] = [requests, lists, watches, start, scheduling, pods, services, storage]

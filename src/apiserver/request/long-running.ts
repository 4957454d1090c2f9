import type { Attributes } from '#apiserver/user.ts'

const longDoors = new Set(['attach', 'exec', 'proxy', 'log', 'portforward'])

/** Whether a request takes as long as its client wants (upstream: BasicLongRunningRequestCheck). */
export const isLongRunning = ({ verb, isResource, subresource, path }: Attributes): boolean =>
  verb === 'watch' || verb === 'proxy' || (isResource ? longDoors.has(subresource) : path.startsWith('/debug/pprof/'))

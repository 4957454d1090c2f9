import type { SchedulerPlugin } from '#scheduler/plugin.ts'

const rejection = { reasons: ["node(s) didn't match the requested node name"], lasting: true }

/** A pod that names a node runs there or nowhere. */
export const nodeName: SchedulerPlugin = {
  name: 'NodeName',
  wokenBy: ['node added'],
  consider({ pod }) {
    const wanted = pod.spec.nodeName
    if (!wanted) return
    return { filter: ({ name }) => (name === wanted ? undefined : rejection) }
  },
}

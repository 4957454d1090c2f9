import type { SchedulerPlugin } from '#scheduler/plugin.ts'

const rejection = { reasons: ["node(s) didn't have free ports for the requested pod ports"] }

/** Two pods cannot have the same port of a node. */
export const nodePorts: SchedulerPlugin = {
  name: 'NodePorts',
  wokenBy: ['node added', 'pod gone'],
  consider({ ports }) {
    if (ports.length === 0) return
    return { filter: node => (ports.some(port => node.taken(port)) ? rejection : undefined) }
  },
}

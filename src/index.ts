/** The embedding API: a whole cluster inside a test or a program. */
export { Client } from '#client/client.ts'
export type { Access } from '#client/transport.ts'
export type { ClusterOptions } from '#cluster/options.ts'
export { type Cluster, startCluster } from '#cluster/start-cluster.ts'

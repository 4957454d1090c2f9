/** The addresses of a cluster, as upstream's installers choose them. */
export const network = {
  serviceCidr: '10.96.0.0/16',
  podCidr: '10.244.0.0/16',
  nodePorts: { first: 30000, last: 32767 },
  domain: 'cluster.local',
} as const

/** The addresses of the pods of a node, by its place among the nodes. */
export const podCidrOf = (index: number): string => `10.${244 + Math.floor(index / 256)}.${index % 256}.0/24`

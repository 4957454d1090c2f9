import type { IPAddress } from '#api/networking/v1.ts'

const managedBy = 'ipaddress.kubernetes.io/managed-by'
const allocator = 'ipallocator.k8s.io'

/** What IPAddresses are labelled with that the API server makes for Services. */
export const ofAllocator = { [managedBy]: allocator }

/** Whether an IPAddress is one of these; others are somebody else's. */
export const isOfAllocator = ({ metadata: { labels } }: Readonly<IPAddress>): boolean => labels?.[managedBy] === allocator

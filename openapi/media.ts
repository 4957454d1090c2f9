/** What the server answers in. */
export const media = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** What it streams watch events in. */
export const watchMedia = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']

/** What a patch may be. */
export const patchMedia = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** Every document's info. */
export const info = { title: 'Kubernetes', version: 'unversioned' }

/** How clients say who they are. */
export const bearerToken = {
  type: 'apiKey',
  in: 'header',
  name: 'authorization',
  description: 'Bearer Token authentication',
} as const

/** What stands beside a code. */
export const reasons = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const

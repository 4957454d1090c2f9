/** What pods of the tests do: they answer each GET with `httpd VERSION HOSTNAME`, and end at once when they are asked to. */
const serve =
  'trap "exit 0" TERM; echo httpd $(cat /version) $(hostname) >/var/www/index.html; echo serving; httpd -f -p 80 -h /var/www & wait'

/** A container that does this, and ends at once when it is asked to. */
export const shell = (script: string): readonly string[] => ['sh', '-c', `trap "exit 0" TERM; ${script}`]

type Fields = Readonly<Record<string, unknown>>

/** A pod of one container of the test image, `change` put over its spec. */
export function pod(name: string, container: Fields, spec: Fields = {}, labels: Fields = { app: name }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'pinnace-test/busybox:1', ...container }],
      ...spec,
    },
  })
}

/** What a Deployment of web servers may differ in. */
export interface Web {
  readonly name?: string
  readonly version?: 1 | 2
  readonly replicas?: number
  readonly container?: Fields
  readonly strategy?: Fields
}

/** A Deployment of web servers, as YAML that a user could have written. */
export function web({ name = 'web', version = 1, replicas = 3, container = {}, strategy = {} }: Web = {}): string {
  const image = `pinnace-test/httpd:${version}`
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  replicas: ${replicas}
  strategy: ${JSON.stringify(strategy)}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      terminationGracePeriodSeconds: 2
      containers:
      - ${JSON.stringify({ name: 'httpd', image, command: ['sh', '-c', serve], ports: [{ containerPort: 80 }], ...container })}
`
}

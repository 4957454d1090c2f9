import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const volumes = [
  { name: 'v', emptyDir: {} },
  { name: 'w', persistentVolumeClaim: { claimName: 'c' } },
]
const withContainer = (container: object) => ({
  spec: {
    containers: [{ name: 'a', image: 'i', ...container }],
    volumes,
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'g' }],
  },
})

describe('a container’s probes and hooks', () => {
  const probe = { httpGet: { port: 80 } }
  itRefuses(pods, 'spec.containers[0]', withContainer, [
    [{ livenessProbe: probe, readinessProbe: probe, startupProbe: probe }],
    [{ livenessProbe: {} }, '.livenessProbe: Required value: must specify a handler type'],
    [{ livenessProbe: { exec: {} } }, '.livenessProbe.exec.command: Required value'],
    [
      { livenessProbe: { ...probe, exec: { command: ['x'] } } },
      '.livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type',
    ],
    [
      { livenessProbe: { ...probe, initialDelaySeconds: -1 } },
      '.livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [{ livenessProbe: { ...probe, successThreshold: 2 } }, '.livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    [{ startupProbe: { ...probe, successThreshold: 2 } }, '.startupProbe.successThreshold: Invalid value: 2: must be 1'],
    [{ readinessProbe: { ...probe, successThreshold: 2 } }],
    [
      { readinessProbe: { ...probe, terminationGracePeriodSeconds: 1 } },
      '.readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes',
    ],
    [
      { livenessProbe: { ...probe, terminationGracePeriodSeconds: 0 } },
      '.livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      { livenessProbe: { tcpSocket: { port: 0 } } },
      '.livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      { livenessProbe: { grpc: { port: 70000 } } },
      '.livenessProbe.grpc.port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      { livenessProbe: { httpGet: { port: 'a--b' } } },
      '.livenessProbe.httpGet.port: Invalid value: "a--b": must not contain consecutive hyphens',
    ],
    [
      { livenessProbe: { httpGet: { port: 80, scheme: 'FTP' } } },
      '.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
    ],
    [
      { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: '' }] } } },
      ".livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
    [{ lifecycle: { preStop: {} } }, '.lifecycle.preStop: Required value: must specify a handler type'],
    [{ lifecycle: { preStop: { sleep: { seconds: 0 } } } }],
    [
      { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
      '.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
  ])
})

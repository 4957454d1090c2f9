import { itRefuses, itRefusesChanges } from '#resources/refusals.ts'
import autoscalers from './horizontalpodautoscalers.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const spec = (fields: object) => ({ spec: { scaleTargetRef, maxReplicas: 5, ...fields } })
const types = 'supported values: "ContainerResource", "External", "Object", "Pods", "Resource"'

describe('an autoscaler', () => {
  itRefuses(autoscalers, 'spec', spec, [
    [{}],
    [{ minReplicas: 0 }, '.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    [{ minReplicas: 6 }, '.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`'],
    [{ scaleTargetRef: { kind: '', name: '' } }, '.scaleTargetRef.kind: Required value', '.scaleTargetRef.name: Required value'],
    [
      { scaleTargetRef: { kind: '..', name: 'a/b' } },
      '.scaleTargetRef.kind: Invalid value: "..": may not be \'..\'',
      '.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\'',
    ],
    [
      { scaleTargetRef: { ...scaleTargetRef, apiVersion: 'a/b/c' } },
      '.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
  ])
  itRefusesChanges(
    autoscalers,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [
        { desiredReplicas: 0 },
        { desiredReplicas: -1 },
        '.desiredReplicas: Invalid value: -1: must be greater than or equal to 0',
      ],
      [
        { desiredReplicas: 0 },
        { currentReplicas: -1, desiredReplicas: 0 },
        '.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    'validateStatus',
  )
})

describe('the figures by which something is scaled', () => {
  const target = { type: 'Utilization', averageUtilization: 50 }
  const average = { type: 'AverageValue', averageValue: '1' }
  const resource = (fields: object) => ({ type: 'Resource', resource: { name: 'cpu', target, ...fields } })
  itRefuses(autoscalers, 'spec.metrics[0]', (metric: object) => spec({ metrics: [metric] }), [
    [resource({})],
    [
      {},
      '.type: Required value: must specify a metric source type',
      `.type: Unsupported value: "": ${types}`,
      `.type: Unsupported value: "": ${types}`,
    ],
    [{ type: 'X' }, `.type: Unsupported value: "X": ${types}`, `.type: Unsupported value: "X": ${types}`],
    [{ type: 'Pods' }, '.pods: Required value: must populate information for the given metric source'],
    [
      { ...resource({}), pods: { metric: { name: 'm' }, target: average } },
      '.pods: Forbidden: must populate the given metric source only',
    ],
    [resource({ name: '' }), '.resource.name: Required value: must specify a resource name'],
    [
      resource({ target: { type: 'Utilization' } }),
      '.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
    [
      resource({ target: { ...target, averageValue: '1' } }),
      '.resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
    [
      resource({ target: { ...target, averageUtilization: 0 } }),
      '.resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
    ],
    [
      resource({ target: { averageUtilization: 5 } }),
      '.resource.target.type: Required value: must specify a metric target type',
      '.resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
    ],
    [
      { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'A', target } },
      ".containerResource.container: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      { type: 'ContainerResource', containerResource: { name: '', container: '', target } },
      '.containerResource.name: Required value: must specify a resource name',
      '.containerResource.container: Required value: must specify a container',
    ],
    [
      { type: 'Pods', pods: { metric: { name: '' }, target: average } },
      '.pods.metric.name: Required value: must specify a metric name',
    ],
    [
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '-1' } } },
      '.pods.target.averageValue: Invalid value: "-1": must be positive',
    ],
    [
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } },
      '.pods.target.averageValue: Required value: must specify a positive target averageValue',
    ],
    [
      {
        type: 'Object',
        object: { describedObject: { kind: '', name: 'n' }, metric: { name: 'm' }, target: { type: 'Value', value: '1' } },
      },
      '.object.describedObject.kind: Required value',
    ],
    [
      { type: 'Object', object: { describedObject: { kind: 'K', name: 'n' }, metric: { name: 'm' }, target: { type: 'Value' } } },
      '.object.target.averageValue: Required value: must set either a target value or averageValue',
    ],
    [
      { type: 'External', external: { metric: { name: 'm' }, target: { type: 'Value', value: '1', averageValue: '1' } } },
      '.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
    ],
    [
      { type: 'External', external: { metric: { name: 'a%b' }, target: { type: 'Value', value: '1' } } },
      '.external.metric.name: Invalid value: "a%b": may not contain \'%\'',
    ],
  ])
})

describe('how fast something is scaled', () => {
  const policies = [{ type: 'Pods', value: 1, periodSeconds: 1 }]
  itRefuses(autoscalers, 'spec.behavior.scaleUp', (scaleUp: object) => spec({ behavior: { scaleUp } }), [
    [{ policies }],
    [{ stabilizationWindowSeconds: -1 }, '.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero'],
    [
      { stabilizationWindowSeconds: 3601 },
      '.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
    [{ selectPolicy: 'X' }, '.selectPolicy: Unsupported value: "X": supported values: "Disabled", "Max", "Min"'],
    [{ policies: [] }, '.policies: Required value: must specify at least one Policy'],
    [
      { policies: [{ type: 'X', value: 1, periodSeconds: 1 }] },
      '.policies[0].type: Unsupported value: "X": supported values: "Percent", "Pods"',
    ],
    [
      { policies: [{ type: 'Pods', value: 0, periodSeconds: 0 }] },
      '.policies[0].value: Invalid value: 0: must be greater than zero',
      '.policies[0].periodSeconds: Invalid value: 0: must be greater than zero',
    ],
    [
      { policies: [{ type: 'Pods', value: 1, periodSeconds: 1801 }] },
      '.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
    [{ policies, tolerance: '-0.1' }, '.tolerance: Invalid value: "-100m": must be greater than or equal to 0'],
  ])
})

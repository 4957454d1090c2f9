import type * as v1 from '#api/autoscaling/v1.ts'
import type * as v2 from '#api/autoscaling/v2.ts'
import { defined } from '#machinery/defined.ts'

/*
 * Metrics as autoscaling/v1 writes them into annotations, and as v2 has them in its spec and status (upstream:
 * pkg/apis/autoscaling/v1/conversion.go). Annotations say anything, so whatever is missing here is missing there.
 */

type Amount = v2.MetricValueStatus

/** What v2 wants of a metric, as v1 says it. */
export const specToV1 = ({ type, object, pods, resource, containerResource, external }: v2.MetricSpec): v1.MetricSpec => {
  const wanted = ({ averageUtilization, averageValue }: Amount = {}) =>
    ({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue }) as const
  return defined<v1.MetricSpec>({
    type: type as v1.MetricSourceType,
    object:
      object &&
      defined<v1.ObjectMetricSource>({
        target: object.describedObject,
        metricName: object.metric?.name,
        targetValue: object.target?.value ?? '0',
        selector: object.metric?.selector,
        averageValue: object.target?.averageValue,
      }),
    pods:
      pods &&
      defined<v1.PodsMetricSource>({
        metricName: pods.metric?.name,
        targetAverageValue: pods.target?.averageValue,
        selector: pods.metric?.selector,
      }),
    resource: resource && defined<v1.ResourceMetricSource>({ name: resource.name, ...wanted(resource.target) }),
    containerResource:
      containerResource &&
      defined<v1.ContainerResourceMetricSource>({
        name: containerResource.name,
        ...wanted(containerResource.target),
        container: containerResource.container,
      }),
    external:
      external &&
      defined<v1.ExternalMetricSource>({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        targetValue: external.target?.value,
        targetAverageValue: external.target?.averageValue,
      }),
  })
}

/** What v1 wants of a metric, as v2 says it. */
export const specFromV1 = ({ type, object, pods, resource, containerResource, external }: v1.MetricSpec): v2.MetricSpec => {
  const share = ({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue }: v1.ResourceMetricSource) =>
    target(averageUtilization === undefined ? 'AverageValue' : 'Utilization', { averageUtilization, averageValue })
  return defined<v2.MetricSpec>({
    type,
    object: object && {
      describedObject: object.target,
      // v1 has no way to say that there is no value.
      target: worth(object.averageValue === undefined || object.targetValue !== '0' ? object.targetValue : undefined, object),
      metric: metric(object.metricName, object.selector),
    },
    pods: pods && {
      metric: metric(pods.metricName, pods.selector),
      target: target('AverageValue', { averageValue: pods.targetAverageValue }),
    },
    resource: resource && { name: resource.name, target: share(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      target: share(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: metric(external.metricName, external.metricSelector),
      target: worth(external.targetValue, { averageValue: external.targetAverageValue }),
    },
  })
}

/** What v2 has seen of a metric, as v1 says it. */
export const statusToV1 = ({ type, object, pods, resource, containerResource, external }: v2.MetricStatus): v1.MetricStatus => {
  const seen = ({ averageUtilization, averageValue = '0' }: Amount = {}) =>
    ({ currentAverageUtilization: averageUtilization, currentAverageValue: averageValue }) as const
  return defined<v1.MetricStatus>({
    type: type as v1.MetricSourceType,
    object:
      object &&
      defined<v1.ObjectMetricStatus>({
        target: object.describedObject,
        metricName: object.metric?.name,
        currentValue: object.current?.value ?? '0',
        selector: object.metric?.selector,
        averageValue: object.current?.averageValue,
      }),
    pods:
      pods &&
      defined<v1.PodsMetricStatus>({
        metricName: pods.metric?.name,
        currentAverageValue: pods.current?.averageValue ?? '0',
        selector: pods.metric?.selector,
      }),
    resource: resource && defined<v1.ResourceMetricStatus>({ name: resource.name, ...seen(resource.current) }),
    containerResource:
      containerResource &&
      defined<v1.ContainerResourceMetricStatus>({
        name: containerResource.name,
        ...seen(containerResource.current),
        container: containerResource.container,
      }),
    external:
      external &&
      defined<v1.ExternalMetricStatus>({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        currentValue: external.current?.value ?? '0',
        currentAverageValue: external.current?.averageValue,
      }),
  })
}

/** What v1 has seen of a metric, as v2 says it. */
export const statusFromV1 = ({ type, object, pods, resource, containerResource, external }: v1.MetricStatus): v2.MetricStatus => {
  const share = ({ currentAverageUtilization, currentAverageValue }: v1.ResourceMetricStatus): Amount =>
    amount({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue })
  return defined<v2.MetricStatus>({
    type,
    object: object && {
      metric: metric(object.metricName, object.selector),
      current: amount({ value: object.currentValue, averageValue: object.averageValue }),
      describedObject: object.target,
    },
    pods: pods && {
      metric: metric(pods.metricName, pods.selector),
      current: amount({ averageValue: pods.currentAverageValue }),
    },
    resource: resource && { name: resource.name, current: share(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      current: share(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: metric(external.metricName, external.metricSelector),
      current: amount({ value: external.currentValue, averageValue: external.currentAverageValue }),
    },
  })
}

type Amounts = { readonly [member in keyof Amount]: Amount[member] | undefined }

const amount = ({ value, averageValue, averageUtilization }: Amounts): Amount =>
  defined<Amount>({ value, averageValue, averageUtilization })

const target = (type: v2.MetricTargetType, amounts: Amounts): v2.MetricTarget => ({ type, ...amount(amounts) })

const worth = (value: string | undefined, { averageValue }: Amounts): v2.MetricTarget =>
  target(averageValue === undefined ? 'Value' : 'AverageValue', { value, averageValue })

const metric = (name: string, selector: v2.MetricIdentifier['selector']): v2.MetricIdentifier =>
  defined<v2.MetricIdentifier>({ name, selector })

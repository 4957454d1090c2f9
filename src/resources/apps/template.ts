import type { PodTemplateSpec } from '#api/core/v1.ts'
import type { LabelSelector } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { selectorOf, validateSelector } from '#machinery/labels.ts'
import { validatePodTemplate } from '#resources/core/pod-spec/validate.ts'

interface Templated {
  selector?: LabelSelector
  template: PodTemplateSpec
}

/** Checks the selector of a workload. `kind` is the word that the message about an empty one uses. */
export function* validateWorkloadSelector(selector: LabelSelector | undefined, kind: string, path: string): Generator<Cause> {
  // Upstream lets a daemon set without a selector fail by its template alone.
  if (!selector && kind !== 'daemonset') yield required(path)
  if (!selector) return
  yield* validateSelector(selector, path)
  if (isEmpty(selector)) yield invalidValue(path, selector, `empty selector is invalid for ${kind}`)
}

/** Checks that the selector finds the pods that the template makes. */
export function* validateMatch(selector: LabelSelector | undefined, template: PodTemplateSpec, path: string): Generator<Cause> {
  const labels = template.metadata?.labels
  if (selector && (isEmpty(selector) || matches(selector, labels ?? {}))) return
  yield invalidValue(`${path}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`')
}

/** Checks the template of pods that run until they are told not to. `kind` is the word that the messages use. */
export function* validateEndlessTemplate({ selector, template }: Templated, kind: string, path: string): Generator<Cause> {
  yield* validateMatch(selector, template, path)
  yield* validatePodTemplate(template, path)
  yield* validateEndless(template, kind, path)
}

/** Checks that nothing ends the template's pods. */
export function* validateEndless({ spec }: PodTemplateSpec, kind: string, path: string): Generator<Cause> {
  if (spec?.restartPolicy !== 'Always') yield notSupported(`${path}.spec.restartPolicy`, spec?.restartPolicy ?? '', ['Always'])
  if (spec?.activeDeadlineSeconds !== undefined) {
    yield forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)
  }
}

const isEmpty = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0

const matches = (selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean => {
  try {
    return selectorOf(selector).matches(labels)
  } catch {
    // A selector that cannot be read was complained about already.
    return true
  }
}

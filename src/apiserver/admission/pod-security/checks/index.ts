import type { Check } from '#apiserver/admission/pod-security/check.ts'
import { capabilityChecks } from './capabilities.ts'
import { hostChecks } from './host.ts'
import { kernelChecks } from './kernel.ts'
import { profileChecks } from './profiles.ts'
import { userChecks } from './users.ts'
import { volumeChecks } from './volumes.ts'

/** Every rule of the Pod Security Standards. */
export const checks: readonly Check[] = [
  ...hostChecks,
  ...capabilityChecks,
  ...userChecks,
  ...profileChecks,
  ...kernelChecks,
  ...volumeChecks,
]

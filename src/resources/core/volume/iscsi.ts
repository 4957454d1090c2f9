import type { ISCSIVolumeSource } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { inRange } from '#machinery/names.ts'
import { requiredEach } from '#resources/checks.ts'

const formats: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
}

const longest = 64
const tooLong =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

/** Checks a disk that is reached by iSCSI, but for what depends on the volume's name. */
export function* validateIscsi(iscsi: ISCSIVolumeSource, persistent: boolean, path: string): Generator<Cause> {
  const { iqn, lun = 0, secretRef, initiatorName } = iscsi
  yield* requiredEach(iscsi, path, ['targetPortal'])
  if (!iqn) yield required(`${path}.iqn`)
  else yield* validateQualifiedName(iqn, persistent, `${path}.iqn`)
  yield* invalidEach(`${path}.lun`, lun, inRange(lun, 0, 255))
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !secretRef) yield required(`${path}.secretRef`)
  if (persistent && secretRef) yield* requiredEach(secretRef, `${path}.secretRef`, ['name'])
  if (initiatorName !== undefined) yield* validateQualifiedName(initiatorName, persistent, `${path}.initiatorname`)
}

/** Whoever names the initiator has less room: the volume's name becomes part of the interface's. */
export function* validateInterfaceName(
  volume: string,
  { initiatorName, targetPortal = '' }: ISCSIVolumeSource,
  value: string,
  path: string,
): Generator<Cause> {
  if (initiatorName !== undefined && Buffer.byteLength(`${volume}:${targetPortal}`) > longest)
    yield invalidValue(path, value, tooLong)
}

function* validateQualifiedName(value: string, persistent: boolean, path: string): Generator<Cause> {
  const format = formats[value.slice(0, 3)]
  if (!format) {
    const detail = persistent ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa'
    yield invalidValue(path, value, detail)
  } else if (!format.test(value)) yield invalidValue(path, value, 'must be valid format')
}

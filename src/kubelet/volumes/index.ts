import { configMap } from './config-map.ts'
import { downwardApi } from './downward-api.ts'
import { emptyDir } from './empty-dir.ts'
import { hostPath } from './host-path.ts'
import { projected } from './projected.ts'
import { secret } from './secret.ts'
import type { VolumeType } from './volume.ts'

/** All types of volume that a pod can have here. */
export const volumeTypes: readonly VolumeType[] = [emptyDir, hostPath, configMap, secret, downwardApi, projected]

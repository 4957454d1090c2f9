import type { Command } from 'commander'
import { alone } from './alone.ts'
import { down } from './down.ts'
import { kubeconfig } from './kubeconfig.ts'
import { snapshot } from './snapshot.ts'
import { status } from './status.ts'
import { up } from './up.ts'

/** Every command, one line each: each adds itself to the program. */
export const commands: readonly ((program: Command) => void)[] = [up, down, status, kubeconfig, snapshot, alone]

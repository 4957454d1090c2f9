import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'

/** Where a cluster lies unless it is said otherwise. */
const defaultData = join(homedir(), '.pinnace', 'default')

/** Gives a command the flag that says which cluster is meant. */
export const withData = (command: Command): Command =>
  command.option('--data <dir>', 'where the cluster lies', text => resolve(text), defaultData)

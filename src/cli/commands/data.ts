import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { path } from './values.ts'

/** Where a cluster lies unless it is said otherwise. */
const defaultData = join(homedir(), '.pinnace', 'default')

/** Gives a command the flag that says which cluster is meant. */
export const withData = (command: Command): Command => command.option('--data <dir>', 'where the cluster lies', path, defaultData)

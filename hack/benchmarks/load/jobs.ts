import { download } from './download.ts'
import { follow, makePods } from './follow.ts'
import { hammer } from './hammer.ts'
import { programServices } from './services.ts'
import { broadcast, watchMany } from './watchers.ts'

/** What the clients can be told to do, one line each. Arguments and results cross a process boundary. */
export const jobs = { hammer, download, programServices, watchMany, broadcast, follow, makePods }

export type Jobs = typeof jobs

/** The steps that every client tries, in the order of the table. What each is: README.md. */
export const tour = [
  ...['config', 'typed', 'dynamic', 'pages', 'watch', 'informer', 'conflict', 'deletecollection'],
  ...['json patch', 'merge patch', 'strategic merge patch', 'apply', 'status'],
  ...['logs', 'exec', 'exec exit code', 'exec stdin', 'port-forward', 'eviction'],
  ...['scale', 'orphan', 'foreground', 'leader election', 'protobuf'],
  ...['not found', 'already exists', 'invalid', 'forbidden'],
]

/** The tour of a client that lacks something upstream gives to others. */
export const tourWithout = (...lacking: readonly string[]): readonly string[] => tour.filter(step => !lacking.includes(step))

/** Those that show something only where containers run, and the others about pods, which are worth taking there again. */
export const inContainers = ['exec exit code', 'exec stdin', 'port-forward']
export const ofPods = ['logs', 'exec', ...inContainers, 'eviction']

/** The steps of controller-runtime, which is a frame for controllers. */
export const reconciler = [
  ...['config', 'manager', 'reconcile', 'follow', 'mend', 'cached list', 'unstructured', 'conflict', 'status', 'apply'],
  ...['finalizer', 'garbage collection', 'protobuf', 'stop'],
]

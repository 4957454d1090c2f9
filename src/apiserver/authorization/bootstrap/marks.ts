/** What all roles and bindings of the cluster's own have in common. */
export const group = 'rbac.authorization.k8s.io'
export const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
/** As long as an object says this, what it lacks is put back at every start. */
export const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate'
export const annotations = { [autoupdate]: 'true' }

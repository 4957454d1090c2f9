import pods from '#resources/core/pods.ts'
import { itRefusesChanges } from '#resources/refusals.ts'

const pod = ({ nodeName, ...status }: { nodeName?: string }) => ({
  spec: { containers: [{ name: 'a', image: 'i' }], restartPolicy: 'Never', nodeName },
  status,
})
const ended = { containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 1 } } }] }
const bound = { nodeName: 'n' }

describe('what is told of a pod', () => {
  itRefusesChanges(
    pods,
    'status',
    pod,
    [
      [{}, { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }],
      [
        {},
        { podIPs: [{ ip: 'x' }] },
        '.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
      [{ podIPs: [{ ip: 'x' }] }, { podIPs: [{ ip: 'x' }] }],
      [
        {},
        { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
        '.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      ],
      [
        {},
        { hostIP: '1.1.1.1', hostIPs: [{ ip: '1.1.1.2' }] },
        '.hostIPs[0].ip: Invalid value: "1.1.1.2": must be equal to `hostIP`',
      ],
      [{}, { observedGeneration: -1 }, '.observedGeneration: Invalid value: -1: must be a non-negative integer'],
      [
        {},
        { conditions: [{ type: 'Ready', observedGeneration: -1 }] },
        '.conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer',
      ],
      [{}, { nominatedNodeName: 'n' }],
      [
        bound,
        { ...bound, nominatedNodeName: 'n' },
        '.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node',
      ],
      [{ qosClass: 'Burstable' }, { qosClass: 'Guaranteed' }, '.qosClass: Invalid value: "Guaranteed": field is immutable'],
      [
        ended,
        { containerStatuses: [{ name: 'a', state: { running: {} } }] },
        '.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
      ],
    ],
    'validateStatus',
  )
})

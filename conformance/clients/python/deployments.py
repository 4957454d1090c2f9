"""What needs controllers: scale, deletion with each policy; and an election."""

import threading

from kubernetes import client
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

from pods import IMAGE
from steps import eventually, expect, refused


def deployment(name, replicas):
    labels = {"app": name}
    container = client.V1Container(name="app", image=IMAGE, command=["sleep", "3600"])
    pod = client.V1PodSpec(containers=[container], termination_grace_period_seconds=1)
    template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels=labels), spec=pod)
    selector = client.V1LabelSelector(match_labels=labels)
    spec = client.V1DeploymentSpec(replicas=replicas, selector=selector, template=template)
    return client.V1Deployment(metadata=client.V1ObjectMeta(name=name), spec=spec)


def scale(c):
    c.apps.create_namespaced_deployment(c.namespace, deployment("scaled", 1))

    def rescale():
        wanted = c.apps.read_namespaced_deployment_scale("scaled", c.namespace)
        expect("selector", wanted.status.selector, "app=scaled")
        wanted.spec.replicas = 2
        c.apps.replace_namespaced_deployment_scale("scaled", c.namespace, wanted)

    eventually(rescale)  # the controller writes its status meanwhile

    def scaled():
        expect("ready replicas", c.apps.read_namespaced_deployment("scaled", c.namespace).status.ready_replicas, 2)

    eventually(scaled)
    c.apps.delete_namespaced_deployment("scaled", c.namespace)


def replica_sets(c, name):
    return c.apps.list_namespaced_replica_set(c.namespace, label_selector=f"app={name}").items


def delete(c, name, policy):
    """Makes a Deployment, waits for its ReplicaSet, deletes it, and gives the ReplicaSets that are left when it is gone."""
    c.apps.create_namespaced_deployment(c.namespace, deployment(name, 1))
    eventually(lambda: expect("ReplicaSets", len(replica_sets(c, name)), 1))
    c.apps.delete_namespaced_deployment(name, c.namespace, propagation_policy=policy)

    def gone():
        with refused(404):
            c.apps.read_namespaced_deployment(name, c.namespace)

    eventually(gone)
    return replica_sets(c, name)


def orphan(c):
    left = delete(c, "orphan", "Orphan")
    expect("owners of the ReplicaSets left", [each.metadata.owner_references for each in left], [None])
    c.apps.delete_namespaced_replica_set(left[0].metadata.name, c.namespace)


def foreground(c):
    expect("ReplicaSets left", delete(c, "foreground", "Foreground"), [])


class Resigning(ConfigMapLock):
    """A lock whose holder can let go: the election itself knows no other end than a failure to renew."""

    resigned = False

    def update(self, *arguments):
        return False if self.resigned else super().update(*arguments)


def leader_election(c):
    """Has two candidates: the second leads when the first lets go."""
    leaders, guard = [], threading.Lock()

    def candidate(name):
        lock = Resigning("tour", c.namespace, name)

        def lead():
            with guard:
                leaders.append(lock)

        times = {"lease_duration": 3, "renew_deadline": 2, "retry_period": 1}
        config = electionconfig.Config(lock, onstarted_leading=lead, onstopped_leading=lambda: None, **times)
        threading.Thread(target=leaderelection.LeaderElection(config).run, daemon=True).start()

    candidate("first")
    eventually(lambda: expect("leaders", len(leaders), 1))
    candidate("second")
    leaders[0].resigned = True
    eventually(lambda: expect("leaders", [lock.identity for lock in leaders], ["first", "second"]))
    leaders[1].resigned = True


STEPS = {"scale": scale, "orphan": orphan, "foreground": foreground, "leader election": leader_election}

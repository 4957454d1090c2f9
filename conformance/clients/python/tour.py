"""Makes the tour with `kubernetes` from PyPI, against the cluster of KUBECONFIG."""

import logging
import sys

from kubernetes import client, config, dynamic

import deployments
import errors
import objects
import patches
import pods
from steps import Tour, eventually, expect


class Clients:
    """What every step works with."""

    def __init__(self):
        config.load_kube_config()
        self.core = client.CoreV1Api()
        self.apps = client.AppsV1Api()
        self.policy = client.PolicyV1Api()
        expect("major version", client.VersionApi().get_code().major, "1")
        self.dynamic = dynamic.DynamicClient(client.ApiClient())
        wanted = client.V1Namespace(metadata=client.V1ObjectMeta(generate_name="tour-python-"))
        self.namespace = self.core.create_namespace(wanted).metadata.name
        # Without its service account a namespace takes no pods.
        eventually(lambda: self.core.read_namespaced_service_account("default", self.namespace))

    def make(self, name, data=None, labels=None):
        """Creates a ConfigMap."""
        metadata = client.V1ObjectMeta(name=name, labels=labels)
        return self.core.create_namespaced_config_map(self.namespace, client.V1ConfigMap(metadata=metadata, data=data))

    def remove(self):
        self.core.delete_namespace(self.namespace)


def main():
    # The informer writes a traceback for every watch that ends, also when it is stopped.
    logging.disable()
    tour = Tour()
    made = []
    tour.begin("config", lambda: made.append(Clients()))
    if not made:
        return 1
    clients = made[0]
    try:
        for steps in (objects, patches, pods, deployments, errors):
            for name, do in steps.STEPS.items():
                tour.step(name, lambda: do(clients))
    finally:
        clients.remove()
    return 1 if tour.failed else 0


if __name__ == "__main__":
    sys.exit(main())

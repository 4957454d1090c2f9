"""Patches of all types, and the status subresource."""

from datetime import datetime, timezone

from kubernetes import client
from kubernetes.dynamic.exceptions import ConflictError, DynamicApiError

import deployments
from steps import expect, refused

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def json_patch(c):
    c.make("json-patch", {"a": "1", "b": "2"})
    patch = [
        {"op": "test", "path": "/data/a", "value": "1"},
        {"op": "replace", "path": "/data/a", "value": "3"},
        {"op": "remove", "path": "/data/b"},
    ]
    got = c.core.patch_namespaced_config_map("json-patch", c.namespace, patch, _content_type=JSON)
    expect("data", got.data, {"a": "3"})
    with refused(422):
        c.core.patch_namespaced_config_map("json-patch", c.namespace, patch, _content_type=JSON)


def merge_patch(c):
    c.make("merge-patch", {"a": "1", "b": "2"})
    patch = {"data": {"a": None, "c": "3"}}
    got = c.core.patch_namespaced_config_map("merge-patch", c.namespace, patch, _content_type=MERGE)
    expect("data", got.data, {"b": "2", "c": "3"})


def strategic_merge_patch(c):
    """Merges a list by its key: the container stays, and gets a sister."""
    c.apps.create_namespaced_deployment(c.namespace, deployments.deployment("strategic", 0))
    app = {"name": "app", "env": [{"name": "A", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [app, {"name": "sister", "image": "none"}]}}}}
    got = c.apps.patch_namespaced_deployment("strategic", c.namespace, patch, _content_type=STRATEGIC)
    containers = {each.name: each for each in got.spec.template.spec.containers}
    expect("containers", sorted(containers), ["app", "sister"])
    expect("command of the old one", containers["app"].command, ["sleep", "3600"])
    expect("its variables", len(containers["app"].env), 1)
    c.apps.delete_namespaced_deployment("strategic", c.namespace)


def apply(c):
    """Makes an object by server-side apply, and has two managers quarrel over a field."""
    maps = c.dynamic.resources.get(api_version="v1", kind="ConfigMap")

    def applied(value, manager, **options):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": value}}
        try:
            return maps.server_side_apply(body=body, namespace=c.namespace, field_manager=manager, **options)
        except ConflictError:
            raise
        except DynamicApiError as error:  # which would print a page
            raise AssertionError(error.summary()) from None

    made = applied("1", "one")
    expect("managers", [(each.manager, each.operation) for each in made.metadata.managedFields], [("one", "Apply")])
    try:
        applied("2", "two")
        raise AssertionError("another manager's value: no conflict")
    except ConflictError:
        pass
    expect("forced", applied("2", "two", force_conflicts=True).data.a, "2")


def status(c):
    """Writes the status of a Service: what is sent of its spec does not count."""
    spec = client.V1ServiceSpec(ports=[client.V1ServicePort(port=80)], selector={"app": "none"})
    wanted = client.V1Service(metadata=client.V1ObjectMeta(name="status"), spec=spec)
    service = c.core.create_namespaced_service(c.namespace, wanted)
    now = datetime.now(timezone.utc)
    condition = client.V1Condition(type="Toured", status="True", reason="Tour", message="", last_transition_time=now)
    service.status.conditions = [condition]
    service.spec.selector = {"app": "other"}
    c.core.replace_namespaced_service_status("status", c.namespace, service)
    got = c.core.read_namespaced_service("status", c.namespace)
    expect("conditions", [each.type for each in got.status.conditions], ["Toured"])
    expect("selector", got.spec.selector, {"app": "none"})


STEPS = {
    "json patch": json_patch,
    "merge patch": merge_patch,
    "strategic merge patch": strategic_merge_patch,
    "apply": apply,
    "status": status,
}

"""Objects, typed and not: create, get, list, watch, follow, update, delete."""

import threading

from kubernetes import informer, watch

from steps import eventually, expect, refused


def typed(c):
    made = c.make("typed", {"a": "1"})
    got = c.core.read_namespaced_config_map("typed", c.namespace)
    found = c.core.list_namespaced_config_map(c.namespace, field_selector="metadata.name=typed").items
    expect("uid", got.metadata.uid, made.metadata.uid)
    expect("data", got.data, {"a": "1"})
    expect("selected", len(found), 1)


def untyped(c):
    """Finds the resource of a kind by discovery, as a program does that knows no types."""
    deployments = c.dynamic.resources.get(api_version="apps/v1", kind="Deployment")
    labels = {"app": "dynamic"}
    container = {"name": "app", "image": "none"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    wanted = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "dynamic"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }
    deployments.create(body=wanted, namespace=c.namespace)
    got = deployments.get(name="dynamic", namespace=c.namespace)
    expect("default strategy", got.spec.strategy.type, "RollingUpdate")
    expect("listed", len(deployments.get(namespace=c.namespace).items), 1)
    deployments.delete(name="dynamic", namespace=c.namespace)


def pages(c):
    for n in range(5):
        c.make(f"page-{n}", labels={"step": "pages"})
    first = c.core.list_namespaced_config_map(c.namespace, limit=2)
    expect("remaining is told", first.metadata.remaining_item_count > 0, True)
    names, count, token = [], 0, None
    while count == 0 or token:
        page = c.core.list_namespaced_config_map(c.namespace, label_selector="step=pages", limit=2, _continue=token)
        names += [item.metadata.name for item in page.items]
        count, token = count + 1, page.metadata._continue
    expect("pages", count, 3)
    expect("items", names, [f"page-{n}" for n in range(5)])


def watched(c):
    since = c.core.list_namespaced_config_map(c.namespace).metadata.resource_version
    made = c.make("watched")
    made.data = {"a": "2"}
    c.core.replace_namespaced_config_map("watched", c.namespace, made)
    c.core.delete_namespaced_config_map("watched", c.namespace)
    selector = {"resource_version": since, "field_selector": "metadata.name=watched", "timeout_seconds": 10}
    stream, seen = watch.Watch(), []
    for event in stream.stream(c.core.list_namespaced_config_map, c.namespace, **selector):
        seen.append(event["type"])
        if event["type"] == "DELETED":
            stream.stop()
    expect("events", seen, ["ADDED", "MODIFIED", "DELETED"])


def informed(c):
    """Follows ConfigMaps through watches that the server ends after a second each, with a list after each."""
    requests = {"list": 0, "watch": 0}

    def counted(**args):
        requests["watch" if args.get("watch") else "list"] += 1
        return c.core.list_namespaced_config_map(**args)

    counted.__doc__ = c.core.list_namespaced_config_map.__doc__
    follower = informer.SharedInformer(counted, namespace=c.namespace, resync_period=1)
    removed = threading.Event()
    follower.add_event_handler(informer.DELETED, lambda _: removed.set())
    follower.start()
    try:
        c.make("before-the-end")
        eventually(lambda: expect("known", follower.cache.get_by_key(f"{c.namespace}/before-the-end") is None, False))
        eventually(lambda: expect("three watches and lists", min(requests.values()) >= 3, True))
        c.make("after-the-end")
        c.core.delete_namespaced_config_map("before-the-end", c.namespace)
        eventually(lambda: expect("known", follower.cache.get_by_key(f"{c.namespace}/after-the-end") is None, False))
        eventually(lambda: expect("removed", removed.is_set(), True))
    finally:
        follower.stop()


def conflict(c):
    """Updates what somebody else has updated since: refused, and done by trying again."""
    stale = c.make("conflict", {"n": "0"})
    other = c.core.read_namespaced_config_map("conflict", c.namespace)
    other.data["other"] = "here"
    c.core.replace_namespaced_config_map("conflict", c.namespace, other)
    with refused(409):
        c.core.replace_namespaced_config_map("conflict", c.namespace, stale)

    def retry():
        fresh = c.core.read_namespaced_config_map("conflict", c.namespace)
        fresh.data["n"] = "1"
        return c.core.replace_namespaced_config_map("conflict", c.namespace, fresh)

    expect("data", eventually(retry).data, {"n": "1", "other": "here"})


def delete_collection(c):
    for name in ("one", "two"):
        c.make(f"collected-{name}", labels={"step": "collected"})
    c.core.delete_collection_namespaced_config_map(c.namespace, label_selector="step=collected")
    expect("left", c.core.list_namespaced_config_map(c.namespace, label_selector="step=collected").items, [])
    c.core.read_namespaced_config_map("typed", c.namespace)


STEPS = {
    "typed": typed,
    "dynamic": untyped,
    "pages": pages,
    "watch": watched,
    "informer": informed,
    "conflict": conflict,
    "deletecollection": delete_collection,
}

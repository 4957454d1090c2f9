"""A pod that runs: logs, exec, port-forward, eviction."""

import os

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward, stream

from steps import Skip, eventually, expect, refused

# What pods run: something with a busybox in it.
IMAGE = os.environ.get("CONFORMANCE_IMAGE") or "busybox:1.37"


def running(c, name):
    """Makes a pod of one container that speaks and sleeps, and one that serves HTTP; waits until it is Ready."""
    app = client.V1Container(name="app", image=IMAGE, command=["sh", "-c", "echo hello; sleep 3600"])
    web = client.V1Container(name="web", image=IMAGE, command=["httpd", "-f", "-p", "8080"])
    spec = client.V1PodSpec(containers=[app, web], termination_grace_period_seconds=1)
    try:
        c.core.create_namespaced_pod(c.namespace, client.V1Pod(metadata=client.V1ObjectMeta(name=name), spec=spec))
    except ApiException as error:
        if error.status != 409:
            raise

    def ready():
        pod = c.core.read_namespaced_pod(name, c.namespace)
        conditions = {each.type: each.status for each in pod.status.conditions or []}
        expect(f"pod {name} is Ready", conditions.get("Ready"), "True")
        return pod

    return eventually(ready)


def really_running(c):
    """The pod of the tour, unless the node only pretends to run it."""
    node = c.core.read_node(running(c, "tour").spec.node_name)
    if node.status.node_info.container_runtime_version.startswith("simulated://"):
        raise Skip("the node runs no containers")


def logs(c):
    running(c, "tour")
    # Asked for a str, version 36 gives the repr of the bytes.
    raw = {"container": "app", "tail_lines": 1, "_preload_content": False}
    expect("log", c.core.read_namespaced_pod_log("tour", c.namespace, **raw).data.decode(), "hello\n")


def session(c, command, stdin=False):
    options = {"container": "app", "command": command, "stdin": stdin, "stdout": True, "stderr": True, "tty": False}
    return stream(c.core.connect_get_namespaced_pod_exec, "tour", c.namespace, _preload_content=False, **options)


def exec_(c):
    running(c, "tour")
    shell = session(c, ["echo", "hello"])
    shell.run_forever(timeout=20)
    expect("says hello", "hello" in shell.read_stdout(), True)
    expect("exit code", shell.returncode, 0)


def exec_exit_code(c):
    really_running(c)
    shell = session(c, ["sh", "-c", "exit 7"])
    shell.run_forever(timeout=20)
    expect("exit code", shell.returncode, 7)


def exec_stdin(c):
    really_running(c)
    shell = session(c, ["head", "-n", "1"], stdin=True)
    shell.write_stdin("to and fro\n")
    shell.run_forever(timeout=20)
    expect("printed", shell.read_stdout(), "to and fro\n")
    expect("exit code", shell.returncode, 0)


def port_forward(c):
    really_running(c)
    forward = portforward(c.core.connect_get_namespaced_pod_portforward, "tour", c.namespace, ports="8080")
    wire = forward.socket(8080)
    wire.setblocking(True)
    wire.sendall(b"GET /etc/passwd HTTP/1.0\r\n\r\n")
    answer = b""
    while part := wire.recv(4096):
        answer += part
    wire.close()
    expect("error", forward.error(8080), None)
    expect("status", answer.split(b"\r\n")[0].split(b" ", 1)[1], b"200 OK")


def eviction(c):
    running(c, "evicted")
    wanted = client.V1Eviction(metadata=client.V1ObjectMeta(name="evicted"))
    c.core.create_namespaced_pod_eviction("evicted", c.namespace, wanted)

    def gone():
        with refused(404):
            c.core.read_namespaced_pod("evicted", c.namespace)

    eventually(gone)


STEPS = {
    "logs": logs,
    "exec": exec_,
    "exec exit code": exec_exit_code,
    "exec stdin": exec_stdin,
    "port-forward": port_forward,
    "eviction": eviction,
}

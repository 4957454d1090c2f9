"""What the API refuses, and how it says so."""

import json

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from steps import expect


def refused(do, code, reason, message):
    try:
        do()
    except ApiException as error:
        status = json.loads(error.body)
        expect("HTTP status", error.status, code)
        expect("Status", (status["kind"], status["code"], status["reason"]), ("Status", code, reason))
        expect("message", status["message"], message)
    else:
        raise AssertionError("not refused")


def not_found(c):
    refused(lambda: c.core.read_namespaced_config_map("missing", c.namespace), 404, "NotFound", 'configmaps "missing" not found')


def already_exists(c):
    c.make("twice")
    refused(lambda: c.make("twice"), 409, "AlreadyExists", 'configmaps "twice" already exists')


def invalid(c):
    message = (
        'ConfigMap "Not-A-Name" is invalid: metadata.name: Invalid value: "Not-A-Name": a lowercase RFC 1123 subdomain must '
        "consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )
    refused(lambda: c.make("Not-A-Name"), 422, "Invalid", message)


def forbidden(c):
    """Asks with the token of a service account that may nothing."""
    request = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[]))
    token = c.core.create_namespaced_service_account_token("default", c.namespace, request).status.token
    known = client.Configuration.get_default_copy()
    nobody = client.Configuration(host=known.host, api_key={"BearerToken": f"Bearer {token}"})
    nobody.ssl_ca_cert = known.ssl_ca_cert
    core = client.CoreV1Api(client.ApiClient(nobody))
    message = (
        f'secrets is forbidden: User "system:serviceaccount:{c.namespace}:default" cannot list resource "secrets" in API group "" '
        f'in the namespace "{c.namespace}"'
    )
    refused(lambda: core.list_namespaced_secret(c.namespace), 403, "Forbidden", message)


STEPS = {"not found": not_found, "already exists": already_exists, "invalid": invalid, "forbidden": forbidden}

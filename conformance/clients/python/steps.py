"""Runs the steps of a tour and prints one line for each: `ok NAME`, `failed NAME: why` or `skipped NAME: why`."""

import sys
import time
from contextlib import contextmanager


class Skip(Exception):
    """Raised by a step that cannot be taken here."""


class Tour:
    """A sequence of steps. One that fails does not keep the others from running."""

    def __init__(self):
        self.failed = False

    def step(self, name, do):
        """Runs one step, unless others are named on the command line, and prints what became of it."""
        asked = sys.argv[1:]
        if not asked or name in asked:
            self.begin(name, do)

    def begin(self, name, do):
        """Runs a step that all others need."""
        try:
            do()
            print(f"ok {name}", flush=True)
        except Skip as why:
            print(f"skipped {name}: {why}", flush=True)
        except Exception as error:  # whatever it is, the next step can be taken
            self.failed = True
            why = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"failed {name}: {why}", flush=True)


def expect(what, got, want):
    """Raises unless both are equal."""
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def eventually(ask, longest=30):
    """Asks again and again until nothing is raised, and gives the answer; after so many seconds, raises the last error."""
    deadline = time.monotonic() + longest
    while True:
        try:
            return ask()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def refused(status):
    """Expects the API to refuse with this code."""
    from kubernetes.client.exceptions import ApiException

    try:
        yield
    except ApiException as error:
        expect("code", error.status, status)
    else:
        raise AssertionError(f"not refused with {status}")

# SPDX-License-Identifier: Apache-2.0
"""A real Ray cluster of two machines, which are processes of this one."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tests.support.processes import children

WAIT_S = 1200.0  # a busy machine

Resources = Mapping[str, float]


class _SlowClock:
    """The module time, by whose monotonic() a busy machine has ten times as long."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    @staticmethod
    def monotonic() -> float:
        return time.monotonic() / 10


@contextmanager
def two_machines(
    head: Resources | None = None, other: Resources | None = None
) -> Iterator[tuple[Any, list[Any]]]:
    """A cluster and its machines, the head first: a CPU each, and the resources that are named."""
    from ray._private import node
    from ray.cluster_utils import Cluster

    node.time = _SlowClock()  # Ray gives a machine 30 s to start
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    common = {"num_cpus": 1, "object_store_memory": 80 << 20}
    made = Cluster(
        initialize_head=True,
        head_node_args={**common, "include_dashboard": False, "resources": dict(head or {})},
    )
    try:
        yield made, [made.head_node, made.add_node(**common, resources=dict(other or {}))]
    finally:
        made.shutdown()


def kill_machine(machine: Any) -> None:
    """All processes of a machine, at once."""
    doomed = [popen.pid for _, popen in machine.live_processes()]
    doomed += [child for parent in doomed for child in children(parent)]
    for number in doomed:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def wait_for(happened: Callable[[], bool]) -> None:
    """Until it has, or for WAIT_S."""
    until = time.monotonic() + WAIT_S
    while not happened() and time.monotonic() < until:
        time.sleep(0.05)

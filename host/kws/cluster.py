# SPDX-License-Identifier: Apache-2.0
"""Being a driver of a Ray cluster, and what is said where that cannot be."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION

try:
    import ray
except ImportError:
    raise KwsError(
        "Ray is not installed", "Install it on every machine: pip install 'mcu-kws[ray]'"
    ) from None

__all__ = ["START_S", "host_of", "joined", "ray"]

START_S = 180.0  # for actors to begin, on a slow machine
_REACH_S = 5.0


@contextmanager
def joined(address: str) -> Iterator[None]:
    """Be a driver of the cluster at `address`: "auto", or HOST:PORT of its head.

    Of a machine's death Ray's own words would fill the screen. KwsError when there is no cluster.
    """
    ray_log = logging.getLogger("ray")
    level = ray_log.level
    try:
        _reach(address)
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
            namespace="kws",
        )
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise KwsError(
            f"no Ray cluster at {address}: {str(error).strip().splitlines()[0]}",
            "This machine must be one of it: ray start --address=HEAD:6379; then --ray auto.",
        ) from None
    try:
        yield
    finally:
        ray.shutdown()
        ray_log.setLevel(level)


def host_of(answer: Any, machine: str) -> str:
    """The name of a machine, from the answer of where() of an actor there, which is awaited.

    where() returns that name and the version of kws; `machine` stands for it until then. KwsError
    when kws is not there, or another one.
    """
    try:
        host, version = ray.get(answer)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1].strip()  # after where it was raised
        raise KwsError(
            f"{machine} cannot run kws: {reason}",
            "Install there what is installed here: pip install 'mcu-kws[ray]'",
        ) from None
    if version != VERSION:
        raise KwsError(
            f"{host} has kws {version}, this machine {VERSION}", "Install the same on both."
        )
    return str(host)


def _reach(address: str) -> None:
    """OSError unless someone listens at HOST:PORT; Ray itself tries for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), _REACH_S).close()

# SPDX-License-Identifier: Apache-2.0
"""The devices of a Ray cluster's machines: each is a Ray resource, and one actor has it.

A machine offers a device as the resource `kws_device:NAME`. NAME is the port where it is on that
machine, or a board whose firmware is started there; its quantity says how many.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kws.cluster import START_S, host_of, joined, ray
from kws.evaluate.device_session import NamedDevice
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.ray_actor import ActorState, DeviceActor, Reply
from kws.link.counters import LinkCounters
from kws.link.errors import ClipLostError
from kws.link.handshake import Expected
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import (
    ClipKind,
    ClipResult,
    DeviceFault,
    DeviceInfo,
    DeviceStats,
    StreamStats,
)

RESOURCE = "kws_device:"
CLOSE_S = 10.0


@contextmanager
def open_ray_devices(
    options: EvaluationOptions, firmware: Path | None
) -> Iterator[Sequence[NamedDevice]]:
    """Every device of the cluster that is called like a port of the options, or like the board.

    `firmware` is sent to the machines and started there. KwsError when there is no cluster, no
    such device, or when another program has it.
    """
    assert options.ray is not None
    with joined(options.ray):
        image = None if firmware is None else ray.put(firmware.read_bytes())
        remote = ray.remote(num_cpus=0, max_restarts=0)(DeviceActor)
        offered = _offered(options.ports or (options.board,), options.jobs)
        actors = [remote.options(resources={RESOURCE + name: 1}).remote() for name in offered]
        try:
            hosts = _hosts(offered, actors)
            sessions = []
            for name, host, actor in zip(offered, hosts, actors, strict=True):
                session = RemoteSession(f"{host} {name}", actor)
                session.start(image, options, name)
                sessions.append(session)
            yield _named(sessions)
        finally:
            for actor in actors:
                with suppress(ray.exceptions.RayError):
                    ray.get(actor.close.remote(), timeout=CLOSE_S)
                ray.kill(actor)


def _offered(names: Sequence[str], most: int | None) -> list[str]:
    """The names of the devices that the cluster's machines have, at most so many."""
    resources = ray.cluster_resources()
    found = [name for name in names for _ in range(int(resources.get(RESOURCE + name, 0)))]
    missing = [name for name in names if name not in found]
    if missing:
        others = sorted(name for name in resources if name.startswith(RESOURCE))
        raise KwsError(
            f"no machine of the Ray cluster has {RESOURCE}{missing[0]}",
            f"It has: {', '.join(others) or 'no kws_device'}. A machine offers one with: ray start "
            f"--address=HEAD:6379 --resources='{{\"{RESOURCE}{missing[0]}\": 1}}'",
        )
    return found[:most]


def _hosts(names: Sequence[str], actors: Sequence[Any]) -> list[str]:
    """Where each actor runs. KwsError when one has not got its device, or another kws."""
    asked = [actor.where.remote() for actor in actors]
    ready, _ = ray.wait(asked, num_returns=len(asked), timeout=START_S)
    hosts = []
    for name, answer in zip(names, asked, strict=True):
        if answer not in ready:
            raise KwsError(
                f"{RESOURCE}{name} is not free after {START_S:.0f} s",
                "Is another evaluation using it? `ray status` shows what is in use.",
            )
        hosts.append(host_of(answer, f"the machine of {RESOURCE}{name}"))
    return hosts


def _named(sessions: Sequence["RemoteSession"]) -> list[NamedDevice]:
    """Those that a machine has several of are numbered."""
    names = [session.name for session in sessions]
    for i, session in enumerate(sessions):
        if names.count(names[i]) > 1:
            session.name = f"{names[i]} {names[: i + 1].count(names[i])}"
    return [NamedDevice(session.name, session) for session in sessions]


class RemoteSession:
    """A kws.evaluate.device_session.Session with a device of another machine."""

    def __init__(self, name: str, actor: Any) -> None:
        self.name = name
        self._actor = actor
        self._state = ActorState()

    def start(self, image: Any, options: EvaluationOptions, port: str) -> None:
        """Open the port there, or start the board; `image` is Ray's reference to the firmware."""
        asked = (options.board, port, options.baud_of(port), options.patience_s)
        self._take(self._actor.start.remote(image, *asked))

    def handshake(self, expected: Expected | None = None) -> DeviceInfo:
        info: DeviceInfo = self._call("handshake", expected)
        return info

    def classify(self, kind: ClipKind, clip: bytes) -> ClipResult:
        result: ClipResult = self._call("classify", kind, clip)
        return result

    def features(self, kind: ClipKind, clip: bytes) -> bytes:
        features: bytes = self._call("features", kind, clip)
        return features

    def stats(self) -> DeviceStats:
        stats: DeviceStats = self._call("stats")
        return stats

    def profile(self) -> list[int]:
        times: list[int] = self._call("profile")
        return times

    def stats_of_listening(self, samples: NDArray[np.int16]) -> StreamStats:
        stats: StreamStats = self._call("stats_of_listening", samples)
        return stats

    @property
    def counters(self) -> LinkCounters:
        return self._state.counters

    @property
    def restarts(self) -> int:
        return self._state.restarts

    @property
    def faults(self) -> Sequence[DeviceFault]:
        return self._state.faults

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._take(self._actor.call.remote(method, arguments))

    def _take(self, answer: Any) -> Any:
        """What came back; the state of the line is known even when the machine dies later."""
        try:
            reply: Reply = ray.get(answer)
        except ray.exceptions.RayTaskError:
            raise  # a bug of kws
        except ray.exceptions.RayError as error:
            raise KwsError(
                f"lost {self.name}: {type(error).__name__}", "Is its machine still there?"
            ) from None
        self._state = reply.state
        if reply.clip_lost:
            raise ClipLostError()
        if reply.fault is not None:
            message, hint = reply.fault
            raise KwsError(f"{self.name}: {message}", hint)
        return reply.value

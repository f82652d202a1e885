# SPDX-License-Identifier: Apache-2.0
"""The proof of a layout: every access of the first windows in a memory whose bytes know what they
hold. It knows nothing of how the layout was made."""

import numpy as np

from kws_codegen.operators.tensors import IntArray
from kws_codegen.plan.planner import PlanError
from kws_codegen.streaming.layout import Layout, Step
from kws_codegen.streaming.schedule import Run, Schedule
from kws_codegen.streaming.time_axis import RowOp, SumOp


def replay(plan: Schedule, layout: Layout) -> None:
    """Raises PlanError when a kernel reads a byte that no longer holds what it expects."""
    _Replay(plan, layout).run()


class _Replay:
    def __init__(self, plan: Schedule, layout: Layout) -> None:
        self._plan = plan
        self._layout = layout
        self._memory = np.full(layout.bytes, -1, np.int64)
        works = [s.event.work for s in layout.steps if not s.event.decides]
        self._first = {id(w): plan.first_frame(w) for w in works if isinstance(w, RowOp | SumOp)}

    def run(self) -> None:
        axis = self._plan.axis
        for frame in range(axis.frames + axis.stride):
            phase = (frame - self._plan.period_start) % axis.stride
            for step in self._layout.steps:
                if step.phase == phase and frame >= self._starts(step):
                    self._step(step, frame)

    def _starts(self, step: Step) -> int:
        if step.event.decides:
            return self._plan.axis.frames - 1
        return self._first.get(id(step.event.work), 0)

    def _step(self, step: Step, frame: int) -> None:
        later = frame - step.event.frame
        if step.move:
            to, source, count = step.move.to, step.move.source, step.move.bytes
            self._memory[to : to + count] = self._memory[source : source + count].copy()
        runs, written = step.event.reads, step.event.writes
        expected = [(step.offsets[run.root], self._contents(run, later)) for run in runs]
        made = None if written is None else self._contents(written, later)
        if step.op is None:
            for base, values in expected:
                self._check(step, base + np.arange(len(values)), values)
            if written is not None and made is not None:
                base = step.offsets[written.root]
                size = step.event.op.output.size if step.event.op else len(made)
                self._memory[base : base + size] = made[:size]
            return
        assert written is not None and made is not None
        start = step.offsets[written.root]
        if step.scratch is not None:
            self._memory[step.scratch : step.scratch + step.op.scratch_bytes] = -1
        for access in step.op.steps():
            for (base, values), reads in zip(expected, access.reads, strict=True):
                self._check(step, base + reads, values[reads])
            self._memory[start + access.writes] = made[access.writes]
        if step.scratch is not None:
            self._memory[step.scratch : step.scratch + step.op.scratch_bytes] = -1
        self._check(step, start + np.arange(step.op.output.size), made[: step.op.output.size])

    def _contents(self, run: Run, later: int) -> IntArray:
        """Distinct numbers for the bytes of distinct rows of distinct tensors."""
        tensor = self._plan.axis.tensors.get(run.root)
        row, size = run.first, 1 << 20
        if tensor is not None:
            row, size = run.first + later // tensor.stride, tensor.row_bytes
        rows = np.arange(row, row + run.count)[:, None] + (1 << 20)
        return (((run.root << 22) + rows << 20) + np.arange(size)[None, :]).reshape(-1)

    def _check(self, step: Step, places: IntArray, values: IntArray) -> None:
        if not np.array_equal(self._memory[places], values):
            work = step.event.op
            name = f"operator {work.index}, {work.kind}" if work else "the arrival of a row"
            raise PlanError(f"{name} meets overwritten bytes in the streaming model")

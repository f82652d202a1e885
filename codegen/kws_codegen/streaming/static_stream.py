# SPDX-License-Identifier: Apache-2.0
"""The streaming static C model: a function for a row and one for a decision."""

from dataclasses import dataclass, replace

from kws_codegen.generated_operator import Constants, constants_of, operator_title
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.operators.c_code import KernelCall, Names, address
from kws_codegen.operators.op import Op, SumsTime
from kws_codegen.operators.shared_arrays import SharedArrays
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.render import FileInfo, render
from kws_codegen.streaming.layout import Layout, Step, layout
from kws_codegen.streaming.replay import replay
from kws_codegen.streaming.schedule import Schedule, schedule
from kws_codegen.streaming.time_axis import RowOp, SumOp, TimeAxis, time_axis_of

_HISTORY_BYTES, _SUM_BYTES = 2, 4  # int16, int32


@dataclass(frozen=True)
class Call:
    """A statement, and what the hook after it is told: see KWS_OP_HOOK."""

    phase: int
    first_frame: int  # of the stream; before it there is nothing to compute
    move: str
    text: str
    title: str
    index: int | None
    output: str = ""
    output_bytes: int = 0


@dataclass(frozen=True)
class StaticStream:
    """What static_stream.h and static_stream.c are made of, with its sizes."""

    plan: Schedule
    layout: Layout
    constants: tuple[Constants, ...]
    calls: tuple[Call, ...]
    decision: tuple[Call, ...]

    @property
    def axis(self) -> TimeAxis:
        return self.plan.axis

    @property
    def graph(self) -> Graph:
        return self.axis.graph

    @property
    def first_phase(self) -> int:
        """The phase of the first frame: the last frame of a window has the last phase."""
        return -self.plan.period_start % self.axis.stride

    @property
    def output(self) -> str:
        """The address of the scores."""
        root = self.plan.roots[self.graph.output.index]
        return next(
            address(step.offsets[root])
            for step in reversed(self.layout.steps)
            if root in step.offsets
        )

    @property
    def sums_bytes(self) -> int:
        """Sums over time: of each row, and of all rows."""
        return sum(s.channels * (s.rows * _HISTORY_BYTES + _SUM_BYTES) for s in self.axis.sums)

    @property
    def activation_bytes(self) -> int:
        """RAM: rows, what is computed from them, scratch memory, sums."""
        return self.layout.bytes + self.sums_bytes

    @property
    def weights_bytes(self) -> int:
        """Weights, biases, multipliers, shifts and tables in flash."""
        return sum(array.bytes for item in self.constants for array in item.kernel.arrays)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one period of rows and of its decision."""
        return sum(step.op.macs for step in self.layout.steps if step.op)


def static_stream(model: bytes, frames: int) -> StaticStream | NotStreamable:
    """The streaming model of a .tflite file whose input is `frames` rows, or what prevents it.

    Raises KwsError when the model is not supported at all.
    """
    axis = time_axis_of(read_graph(model), frames)
    if isinstance(axis, NotStreamable):
        return axis
    plan = schedule(axis)
    memory = layout(plan)
    replay(plan, memory)
    return _Generator(plan, memory).result()


def static_stream_files(content: StaticStream, info: FileInfo) -> dict[str, str]:
    """Texts of static_stream.h and static_stream.c, by file name."""
    values = {"info": info, "stream": content}
    return {name: render(f"{name}.j2", **values) for name in ("static_stream.h", "static_stream.c")}


class _Generator:
    def __init__(self, plan: Schedule, memory: Layout) -> None:
        self._plan, self._memory = plan, memory
        self._constants: dict[str, Constants] = {}
        self._arrays = SharedArrays()

    def result(self) -> StaticStream:
        calls = [self._call(step) for step in self._memory.steps]
        decides = [step.event.decides for step in self._memory.steps]
        return StaticStream(
            self._plan,
            self._memory,
            tuple(self._constants.values()),
            tuple(call for call, late in zip(calls, decides, strict=True) if not late),
            tuple(call for call, late in zip(calls, decides, strict=True) if late),
        )

    def _call(self, step: Step) -> Call:
        work, move = step.event.work, step.move
        kernel = self._kernel(step)
        call = Call(
            phase=step.phase,
            first_frame=0,
            move=f"kws_move_down({address(move.to)}, {address(move.source)}, {move.bytes})"
            if move
            else "",
            text=kernel.call,
            title="the row",
            index=None,
        )
        op = step.op or step.event.op
        if op is None:
            return call
        if not step.event.decides:
            assert isinstance(work, RowOp | SumOp)
            call = replace(call, first_frame=self._plan.first_frame(work))
        made = op.output if step.event.writes else None
        return replace(
            call,
            title=f"{op.index}: {op.kind} {operator_title(op)}",
            index=op.index,
            output=address(step.offsets[self._plan.roots[op.output.index]]) if made else "0",
            output_bytes=made.size if made else 0,
        )

    def _kernel(self, step: Step) -> KernelCall:
        work = step.event.work
        if work is None:
            assert step.event.writes is not None
            place = address(step.offsets[step.event.writes.root])
            return KernelCall(function="memcpy", arguments=(place, "row", "KWS_STREAM_ROW_BYTES"))
        if isinstance(work, SumOp):
            return self._sums(work, step)
        assert step.op is not None
        rows = step.event.writes.count if step.event.writes and isinstance(work, RowOp) else 1
        prefix = step.op.c_name + (f"_{rows}" if rows > 1 else "")
        kernel = step.op.code(Names(prefix, step.offsets, step.scratch))
        assert isinstance(kernel, KernelCall)
        return self._keep(step.op, prefix, kernel)

    def _sums(self, work: SumOp, step: Step) -> KernelCall:
        """The sums of a row, or what is made of them at a decision."""
        name = f"{work.op.c_name}_sums"
        if step.event.decides:
            assert isinstance(work.op, SumsTime)
            names = Names(work.op.c_name, step.offsets, None)
            return self._keep(work.op, work.op.c_name, work.op.code_of_sums(name, names))
        row = address(step.offsets[step.event.reads[0].root])
        return KernelCall(
            function="kws_running_sum_s8",
            arguments=(f"&{name}_of_rows", f"&{name}_next", row),
        )

    def _keep(self, op: Op, name: str, kernel: KernelCall) -> KernelCall:
        """The call with its arrays, of which equal ones of the same operator are kept once."""
        kernel = self._arrays.shared(op.c_name, name, kernel)
        if name not in self._constants:
            self._constants[name] = constants_of(op, name, kernel)
        return kernel

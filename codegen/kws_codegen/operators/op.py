# SPDX-License-Identifier: Apache-2.0
"""What every operator of the typed graph says of itself; each does so in its own module."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, TypedDict

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.c_code import KernelCall, Names, NoCode
from kws_codegen.operators.tensors import Activation, IntArray
from kws_codegen.operators.time_use import NotStreamable, RowWise, TimeUse, with_rows


@dataclass(frozen=True)
class Step:
    """Bytes read, then bytes written, as indices into the inputs and the output."""

    reads: tuple[IntArray, ...]  # one array an input
    writes: IntArray


@dataclass(frozen=True)
class Part:
    """One of the operators that a CallSequence calls; `name` is that of its constants."""

    op: "Op"
    name: str
    kernel: KernelCall


@dataclass(frozen=True)
class CallSequence:
    """An operator that is many calls: the constants, and the lines of C."""

    parts: tuple[Part, ...]
    lines: tuple[str, ...]


class OpFields(TypedDict):
    """The fields that every Op begins with, for `**`: see OperatorView."""

    index: int
    kind: str
    inputs: tuple[Activation, ...]
    output: Activation


@dataclass(frozen=True, kw_only=True)
class Op(ABC):
    """An operator with every constant worked out.

    `index` is its place in the file, `kind` its name there. A subclass that does not say in which
    order its kernel reads and writes, and what its C is, cannot be made.
    """

    index: int
    kind: str
    inputs: tuple[Activation, ...]
    output: Activation

    same_bytes: ClassVar[bool] = False
    """The output is the input under another shape: it takes no place of its own, and no code."""

    @abstractmethod
    def steps(self) -> Iterator[Step]:
        """The kernel's accesses in order; bytes of one step may be read in any order.

        They restate what the kernel in firmware/kernels/ does. The planner asks how far the
        output may lie over an input, and replays them in a simulated memory.
        """

    @abstractmethod
    def code(self, names: Names) -> KernelCall | CallSequence | NoCode:
        """The operator as C."""

    def time_use(self, rows: int) -> TimeUse:  # noqa: ARG002
        """How it treats time when its inputs are `rows` rows each."""
        return NotStreamable("is not known to work row by row")

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        """The same operator for `count` rows of the output, and the input rows they are made of.

        `use` is what time_use(rows) says. A subclass whose fields hold sizes of the whole changes
        those too.
        """
        inputs = use.inputs_of(count)
        return replace(
            self,
            inputs=tuple(with_rows(tensor, rows, inputs) for tensor in self.inputs),
            output=with_rows(self.output, use.rows, count),
        )

    def row_use(self, rows: int) -> RowWise | None:
        """As time_use(), of a clip that is all there: rows beyond its ends are padding, which
        RowWise.first and reach count too. None where rows of the output are not made of rows."""
        use = self.time_use(rows)
        return use if isinstance(use, RowWise) else None

    def part(self, rows: int, use: RowWise, first: int, count: int) -> Self:  # noqa: ARG002
        """The operator for the output rows [first, first + count) of a clip, of those input rows
        that use.part_of() names; `use` is what row_use(rows) says."""
        return self.on_rows(rows, use, count)

    @property
    def input(self) -> Activation:
        return self.inputs[0]

    @property
    def checked_tensor(self) -> int:
        """The tensor of the file that must hold the same values as the output."""
        return self.output.index

    @property
    def states(self) -> tuple[Activation, ...]:
        """Variable tensors of the file that the kernel keeps: all zero points before the first."""
        return ()

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference (0 where none are worth counting)."""
        return 0

    @property
    def work(self) -> int:
        """About how long it takes, in multiply-accumulates: for comparing plans."""
        return self.macs + self.output.size

    @property
    def scratch_bytes(self) -> int:
        """Working memory of the kernel beside its operands (a multiple of 4)."""
        return 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """What the kernel's struct holds as uint16_t beside the dimensions of tensors."""
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines of the comment in C beside quantization and multiply-accumulates."""
        return ()

    @property
    def c_name(self) -> str:
        """Prefix of the operator's names in C."""
        return f"op{self.index}"


def done(op: Op, names: Names) -> str:
    """The line behind an operator that tells the hook of its output."""
    return f"KWS_OP_DONE({op.index}, {names.tensor(op.output)}, {op.output.size});"


class SumsTime(Op):
    """An operator that may need no more of time than sums (EndsTime.sums)."""

    @abstractmethod
    def code_of_sums(self, sums: str, names: Names) -> KernelCall:
        """The operator as C, given the address of int32 [channels]: the sums over all rows."""


def value_by_value(op: Op) -> Iterator[Step]:
    """The steps of a kernel that reads input i, then writes output i."""
    for i in range(op.output.size):
        yield Step((np.array([i]),), np.array([i]))

# SPDX-License-Identifier: Apache-2.0
"""Where the rows lie: one buffer for what is kept from frame to frame, and for what is not.

Rows that kernels read together lie one after the other. Before a run is written, what is still
needed of the rows before it moves to the front, which is cheaper than a ring that is written
twice: no second copy in RAM, no index at run time, every address a constant.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kws_codegen.operators.op import Op
from kws_codegen.plan.overlap import last_reads, safe_distances, write_steps
from kws_codegen.plan.placement import BlockId, Distances, Item, Use, extent, place
from kws_codegen.streaming.schedule import Event, Run, Schedule
from kws_codegen.streaming.time_axis import RowOp


@dataclass(frozen=True)
class Move:
    """Bytes of rows that go to the front of their buffer."""

    to: int
    source: int
    bytes: int


@dataclass(frozen=True)
class Step:
    """An event of the period with its addresses, in bytes in the buffer.

    `op` is the operator for as many rows as it gets here, None where none runs on the buffer.
    `offsets` are those of its tensors by index, or that of the frame's row.
    """

    event: Event
    phase: int  # frame of the period, 0 to stride - 1
    op: Op | None
    move: Move | None
    offsets: dict[int, int]
    scratch: int | None


@dataclass(frozen=True)
class Layout:
    bytes: int
    rows_bytes: int  # of these, kept from frame to frame
    steps: tuple[Step, ...]


def layout(plan: Schedule) -> Layout:
    """The smallest buffer that is found for the period of a schedule."""
    return _Layout(plan).result()


def resized(event: Event) -> Op | None:
    """The operator of an event for the rows that it makes; None for arrivals and sums."""
    if isinstance(event.work, RowOp):
        assert event.writes is not None
        return event.work.op.on_rows(event.work.rows, event.work.use, event.writes.count)
    return event.work if isinstance(event.work, Op) else None


class _Layout:
    def __init__(self, plan: Schedule) -> None:
        self._plan = plan
        frames = plan.period
        self._events = [e for e in plan.events if e.frame in frames]
        self._start = plan.events.index(self._events[0])
        self._ops = [resized(event) for event in self._events]
        self._kept = {
            root for root in plan.axis.tensors if root == plan.roots[root] and self._is_kept(root)
        }
        self._rows = {root: self._capacity(root) for root in self._kept}

    def result(self) -> Layout:
        items = [*self._items()]
        offsets = place(items, self._distances({item.id: item for item in items}))
        steps = []
        for position, event in enumerate(self._events):
            op = self._ops[position]
            tensors = (*op.inputs, op.output) if op else ()
            roots = self._plan.roots
            runs = {run.root: run for run in (*event.reads, event.writes) if run}
            places = {
                root: offsets[self._block(root, position)] + self._within(run, position)
                for root, run in runs.items()
            }
            steps.append(
                Step(
                    event=event,
                    phase=event.frame - self._plan.period_start,
                    op=op,
                    move=self._move(position, offsets),
                    offsets=places | {t.index: places[roots[t.index]] for t in tensors},
                    scratch=offsets.get(BlockId(Use.SCRATCH, position)),
                )
            )
        kept = sum(item.size for item in items if item.id.use is Use.ROWS)
        return Layout(extent(items, offsets), kept, tuple(steps))

    # Rows that are kept. All events count here, those before and after the period too.

    def _writes(self, root: int) -> Iterator[tuple[int, Run]]:
        for number, event in enumerate(self._plan.events):
            if event.writes and event.writes.root == root:
                yield number, event.writes

    def _base(self, number: int, root: int) -> int:
        """The row at the front of the buffer after event `number` has written to it."""
        events = self._plan.events
        written = events[number].writes
        assert written is not None
        later = (run.first for e in events[number + 1 :] for run in e.reads if run.root == root)
        return min(written.first, min(later, default=written.first))

    def _last_write(self, number: int, root: int) -> int:
        """The last event before or at `number` that writes to the tensor."""
        return max(n for n, _ in self._writes(root) if n <= number)

    def _is_kept(self, root: int) -> bool:
        for position, event in enumerate(self._events):
            number = self._start + position
            if event.writes and event.writes.root == root:
                if self._base(number, root) < event.writes.first:
                    return True
            elif any(run.root == root for run in event.reads):
                made = self._plan.events[self._last_write(number, root)]
                if made.frame != event.frame:
                    return True
        return False

    def _capacity(self, root: int) -> int:
        in_period = range(self._start, self._start + len(self._events))
        return max(
            run.stop - self._base(number, root)
            for number, run in self._writes(root)
            if number in in_period
        )

    def _move(self, position: int, offsets: dict[BlockId, int]) -> Move | None:
        number, written = self._start + position, self._events[position].writes
        if written is None or written.root not in self._kept:
            return None
        root = written.root
        base = self._base(number, root)
        before = self._base(self._last_write(number - 1, root), root)
        if base in (written.first, before):
            return None
        size = self._plan.axis.tensors[root].row_bytes
        front = offsets[BlockId(Use.ROWS, root)]
        return Move(front, front + (base - before) * size, (written.first - base) * size)

    def _within(self, run: Run, position: int) -> int:
        """Bytes from the start of its block to the run."""
        tensor = self._plan.axis.tensors.get(run.root)
        if tensor is None:
            return 0
        number = self._last_write(self._start + position, run.root)
        if run.root in self._kept:
            return (run.first - self._base(number, run.root)) * tensor.row_bytes
        written = self._plan.events[number].writes
        assert written is not None
        return (run.first - written.first) * tensor.row_bytes

    # Blocks of the buffer.

    def _block(self, root: int, position: int) -> BlockId:
        """Where the rows of a tensor lie that the event at `position` reads or writes."""
        if root in self._kept:
            return BlockId(Use.ROWS, root)
        made = max(
            p
            for p, event in enumerate(self._events[: position + 1])
            if event.writes and event.writes.root == root
        )
        return BlockId(Use.TENSOR, made)

    def _items(self) -> Iterator[Item]:
        end = len(self._events)
        tensors = self._plan.axis.tensors
        for root, rows in self._rows.items():
            yield Item(BlockId(Use.ROWS, root), rows * tensors[root].row_bytes, -1, end)
        last: dict[BlockId, int] = {}
        for position, event in enumerate(self._events):
            for run in event.reads:
                last[self._block(run.root, position)] = position
        result = self._plan.roots[self._plan.axis.graph.output.index]
        for position, (event, op) in enumerate(zip(self._events, self._ops, strict=True)):
            if event.writes and event.writes.root not in self._kept:
                block = BlockId(Use.TENSOR, position)
                until = end if event.writes.root == result else last.get(block, position)
                yield Item(block, self._size(event), position, until)
            if op and op.scratch_bytes:
                yield Item(BlockId(Use.SCRATCH, position), op.scratch_bytes, position, position)

    def _size(self, event: Event) -> int:
        assert event.writes is not None
        if event.decides:
            op = event.op
            assert op is not None
            return op.output.size
        return event.writes.count * self._plan.axis.tensors[event.writes.root].row_bytes

    def _distances(self, items: dict[BlockId, Item]) -> Distances:
        """Which outputs may lie over an input that nothing reads later, and where."""
        result: Distances = {}
        for position, (event, op) in enumerate(zip(self._events, self._ops, strict=True)):
            output = BlockId(Use.TENSOR, position)
            if op is None or output not in items:
                continue
            for number, run in enumerate(event.reads):
                source = self._block(run.root, position)
                if source.use is Use.ROWS or items[source].last != position:
                    continue
                if self._within(run, position):
                    continue
                safe = safe_distances(last_reads(op)[number], write_steps(op))
                safe &= result.get((source, output), safe)
                result[source, output] = safe
                result[output, source] = {-distance for distance in safe}
        return result

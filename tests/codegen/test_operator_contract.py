# SPDX-License-Identifier: Apache-2.0
"""What an operator's module must say: an operator that says too little is an error, not silence."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from kws_codegen import operators
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from kws_codegen.operators import registry
from kws_codegen.operators.c_code import Names, NoCode
from kws_codegen.operators.lookup import Lookup, function_of_one_value
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.static_model import static_model
from tests.support.static_model_check import Chain


@dataclass(frozen=True, kw_only=True)
class Uncoded(Op):
    """Lowers, but does not say what its C is."""

    def steps(self) -> Iterator[Step]:
        return iter(())


@dataclass(frozen=True, kw_only=True)
class Forgetful(Lookup):
    """Says that it has no code, though its output is not its input's bytes."""

    def code(self, names: Names) -> NoCode:  # type: ignore[override]  # noqa: ARG002
        return NoCode()


def model() -> bytes:
    chain = Chain(np.random.default_rng(0), (1, 4))
    chain.append("ABS", (), (1, 4), 0.05, 0)
    return chain.build()


def test_an_operator_without_code_cannot_be_made() -> None:
    lookup = read_graph(model()).ops[0]
    with pytest.raises(TypeError, match=r"abstract method '?code"):
        Uncoded(index=0, kind="ABS", inputs=lookup.inputs, output=lookup.output)  # type: ignore[abstract]


@pytest.mark.parametrize("answer", [NoCode(), None])
def test_generation_fails_on_an_operator_that_emits_nothing(
    answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lower(view: OperatorView) -> Op:
        return Forgetful(**vars(function_of_one_value(view)))

    monkeypatch.setitem(registry.LOWERINGS, "ABS", lower)
    monkeypatch.setattr(Forgetful, "code", lambda self, names: answer)  # noqa: ARG005
    with pytest.raises(TypeError, match=r"Forgetful \(ABS\) has neither code nor the same bytes"):
        static_model(model())


def modules() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(operators.__path__)]


@pytest.mark.parametrize("name", modules())
def test_every_operator_is_registered(name: str) -> None:
    """A module that defines an operator lowers it, and the registry knows a function of it."""
    module = importlib.import_module(f"kws_codegen.operators.{name}")
    defined = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Op) and value.__module__ == module.__name__
    ]
    functions: list[Callable[..., object]] = list(registry.LOWERINGS.values())
    functions += [function for chain in registry.CHAINS for function in chain]
    registered = {function.__module__ for function in functions}
    if any(not inspect.isabstract(value) for value in defined):
        assert module.__name__ in registered


def test_the_list_is_sorted_and_no_hint_is_for_a_supported_operator() -> None:
    assert list(registry.LOWERINGS) == sorted(registry.LOWERINGS)
    assert not registry.LOWERINGS.keys() & registry.HINTS.keys()


def test_scratch_is_asked_for_only_where_there_is_some() -> None:
    with pytest.raises(AssertionError, match="op3 has no scratch memory"):
        _ = Names("op3", {}, None).scratch


def flat_copy() -> bytes:
    """Dimensions that fit, but become one."""
    chain = Chain(np.random.default_rng(0), (1, 2, 300, 300))
    order = chain.builder.constant(np.array([1, 0, 2, 3], np.int32))
    chain.append("TRANSPOSE", (order,), (2, 1, 300, 300), chain.scale, 0)
    return chain.build()


def long_runs() -> bytes:
    chain = Chain(np.random.default_rng(0), (1, 300, 300))
    chain.append("CONCATENATION", (chain.last,), (1, 600, 300), chain.scale, 0, axis=1)
    return chain.build()


def far_strides() -> bytes:
    chain = Chain(np.random.default_rng(0), (1, 2, 300, 300))
    operand = chain.builder.constant(np.ones((1, 1, 300, 1), np.int8), chain.scale)
    chain.append("MAXIMUM", (operand,), chain.shape, chain.scale, 0)
    return chain.build()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (flat_copy, "TRANSPOSE [1, 2, 300, 300] -> [2, 1, 300, 300]: has a size of 180000"),
        (long_runs, "CONCATENATION [1, 300, 300] -> [1, 600, 300]: has a size of 90000"),
        (far_strides, "MAXIMUM [1, 2, 300, 300] -> [1, 2, 300, 300]: has a size of 90000"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_sizes_that_the_structs_cannot_hold_are_refused(
    make: Callable[[], bytes], message: str
) -> None:
    with pytest.raises(KwsError) as error:
        static_model(make())
    assert message in str(error.value) and "the largest supported is 65535" in str(error.value)


def test_equal_shapes_are_one_loop_however_large() -> None:
    """No stride of theirs is as large as those of the dimensions that they had."""
    chain = Chain(np.random.default_rng(0), (1, 2, 300, 300))
    chain.append("MAXIMUM", (chain.last,), chain.shape, chain.scale, 0)
    fields = static_model(chain.build()).operators[0].constants[0].kernel.fields
    assert fields == (".shape = {1, 1, 600, 300}", ".strides = {{0, 0, 300, 1}, {0, 0, 300, 1}}")


def test_a_call_says_its_arguments_in_order() -> None:
    operator = static_model(model()).operators[0]
    assert operator.lines == (
        "kws_lookup_s8(op0_table, activations, activations, 4);",
        "KWS_OP_DONE(0, activations, 4);",
    )
    assert operator.functions == {"kws_lookup_s8"}

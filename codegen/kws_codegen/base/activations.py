# SPDX-License-Identifier: Apache-2.0
"""How much of what a clip's layers make lies in RAM at once."""

from typing import Literal

Activations = Literal["whole", "rows"]
"""Whole tensors; or rows, where chains of layers that work row by row need less RAM so."""

WHOLE: Activations = "whole"

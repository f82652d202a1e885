# SPDX-License-Identifier: Apache-2.0
"""Where two sides part: one clip through both, stage by stage, value by value.

trace is what a side gives for a clip; device, reference and capture are the kinds of side, sides
opens one by its name; stages compares two traces. layers holds the float network against the int8
model; evaluations compares two finished evaluations.
"""

# SPDX-License-Identifier: Apache-2.0
"""Class names: the two that every model has, and the folder that is no class."""

SILENCE_LABEL = "_silence_"
UNKNOWN_LABEL = "_unknown_"
BACKGROUND_NOISE_DIR = "_background_noise_"

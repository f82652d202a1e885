# SPDX-License-Identifier: Apache-2.0
"""Architectures of networks: one module each, with its keys in [model], its presets, its layers.

The floor below the configuration: nothing else of kws is imported here, and Keras only within
functions, so that reading a configuration stays quick.
"""

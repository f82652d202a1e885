# SPDX-License-Identifier: Apache-2.0
"""How right predictions are: confusion matrix, precision and recall, and their picture.

Pure functions of arrays; training and evaluation share them.
"""

# SPDX-License-Identifier: Apache-2.0
"""`kws search`: architecture and recipe under a budget (Akiba et al., Optuna, arXiv:1907.10902)."""

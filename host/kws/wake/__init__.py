# SPDX-License-Identifier: Apache-2.0
"""`kws wake`: from typed words to firmware that wakes on them.

request.py says what is asked for, rounds.py trains, wake.py has the steps in order, result.py what
came of it.
"""

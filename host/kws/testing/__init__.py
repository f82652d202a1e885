# SPDX-License-Identifier: Apache-2.0
"""Hardware in the loop for teams that use pytest: a device with a run's firmware as a fixture."""

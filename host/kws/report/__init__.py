# SPDX-License-Identifier: Apache-2.0
"""The report of a run as one HTML file, and run folders side by side."""

from kws.report.page import write_report_page

__all__ = ["write_report_page"]

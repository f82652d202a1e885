# SPDX-License-Identifier: Apache-2.0
"""Export: the generated code and what it needs, as one folder for another project."""

from kws.export.package import export
from kws.export.request import ExportFormat, ExportRuntime

__all__ = ["ExportFormat", "ExportRuntime", "export"]

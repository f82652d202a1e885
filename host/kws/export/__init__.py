"""Export: the generated code and what it needs, as one folder for another project."""

from kws.export.package import ExportFormat, ExportRuntime, export

__all__ = ["ExportFormat", "ExportRuntime", "export"]

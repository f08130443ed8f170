"""report: tables, figures, HTML and PDF from Results."""

from glisson.report.inputs import ReportFiles, ReportImages
from glisson.report.write import write_report

__all__ = ["ReportFiles", "ReportImages", "write_report"]

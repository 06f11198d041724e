"""What people look at after a night: the contact sheet and the report page."""

from catalogs.report.sheet import contact_sheet
from catalogs.report.writing import ReportKeys, write_report, written_keys

__all__ = ["ReportKeys", "contact_sheet", "write_report", "written_keys"]

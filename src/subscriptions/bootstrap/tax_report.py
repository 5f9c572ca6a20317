"""Re-export of the tax adviser's file, for the processes that deliver it."""

from subscriptions.infrastructure.tax_report import tax_file

__all__ = ["tax_file"]

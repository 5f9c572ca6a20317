"""Re-export of the function that creates the tax adviser's file, for the processes that deliver the file."""

from subscriptions.infrastructure.tax_report import tax_file

__all__ = ["tax_file"]

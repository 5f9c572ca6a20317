"""The tax adviser's file, for every process that hands it out."""

from subscriptions.infrastructure.tax_report import tax_file

__all__ = ["tax_file"]

"""Use case that shows customers their receipts."""

"""Use cases that request, issue, send and show invoices."""

"""Invoices for receipts, created by the operator's own service or registered at Spain's tax office (Veri*factu)."""

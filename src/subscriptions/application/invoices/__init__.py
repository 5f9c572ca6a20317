"""Invoices on request: handed over to the operator's own service, or issued as records at the tax office."""

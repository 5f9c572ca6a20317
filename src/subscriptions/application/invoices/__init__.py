"""Invoices for who wants one: handed over to the operator's own service, or issued by records at the tax office."""

"""Invoices that customers request: passed to the operator's own invoicing service, or issued as records at the tax
office.
"""

"""Feature: invoices for receipts, issued by the operator's own service or by Umbral with registration at Spain's tax
office (Veri*factu).
"""

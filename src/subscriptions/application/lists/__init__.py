"""Lists: their columns, filters and pages, whoever shows them."""

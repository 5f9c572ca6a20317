"""Lists with their columns, filters and pages, for every interface."""

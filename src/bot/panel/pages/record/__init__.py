"""Panel pages of the package `record`."""

"""Panel pages of the package `broadcasts`."""

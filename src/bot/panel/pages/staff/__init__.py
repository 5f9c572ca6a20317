"""Panel pages of the package `staff`."""

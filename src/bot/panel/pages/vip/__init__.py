"""Panel pages of the package `vip`."""

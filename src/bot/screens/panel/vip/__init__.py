"""Panel screens of the package `vip`."""

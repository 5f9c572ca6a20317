"""Base of the providers' simulators: books, time, calls over HTTP, hosted pages, the control interface."""

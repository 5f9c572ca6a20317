"""Base of the providers' stand-ins: books, time, calls over HTTP, hosted pages, the control interface."""

"""Base of the providers' simulators: records, time, calls over HTTP, hosted pages, the control interface."""

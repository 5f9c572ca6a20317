"""What the stand-ins of providers are built on: books, time, calls over HTTP, hosted pages, the control surface."""

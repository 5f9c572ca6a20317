"""Hand-written fakes of our own ports, which pass the same contract tests as the real adapters."""

"""Whatever the bytes are, what reads them says so in its own errors: to a fuzzer that follows coverage, and in CI."""

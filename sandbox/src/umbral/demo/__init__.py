"""Runner of a complete Umbral installation on one machine, against the sandbox and with nothing to install first."""

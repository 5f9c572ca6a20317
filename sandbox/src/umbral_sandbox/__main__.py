"""Entry point of `python -m umbral_sandbox`, the same as the console script `umbral-sandbox`."""

import sys

from umbral_sandbox.main import main

sys.exit(main())

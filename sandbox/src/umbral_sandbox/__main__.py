"""`python -m umbral_sandbox` is the console script `umbral-sandbox`."""

import sys

from umbral_sandbox.main import main

sys.exit(main())

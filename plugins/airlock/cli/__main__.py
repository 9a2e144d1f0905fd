"""`python -m airlock.cli`."""

from __future__ import annotations

import sys

from airlock.cli.main import main

sys.exit(main())

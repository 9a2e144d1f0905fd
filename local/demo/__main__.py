"""Runs the demo: `python -m local.demo`."""

from __future__ import annotations

import sys


def main() -> int:
    """Tell the story; 0 if all went well, 1 after a failure, 130 after Ctrl-C."""
    try:
        # Inside, because Ctrl-C may come while this is still being imported.
        from local.demo.story import run

        return run()
    except KeyboardInterrupt:
        print("\nInterrupted. All that the demo had started is stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

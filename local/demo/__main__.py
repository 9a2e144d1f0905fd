"""Runs the demo: `python -m local.demo`."""

from __future__ import annotations

import sys


def main() -> int:
    """Tell the story; 0 if all went well, 1 after a failure, 2 for none, 130 after Ctrl-C."""
    try:
        # Inside, because Ctrl-C may come while this is still being imported.
        if (story := sys.argv[1:]) == ["drift"]:
            from local.demo.drift.story import run as run_drift

            return run_drift()
        if story:
            print(f"There is no story {story[0]}: leave it out, or say drift.", file=sys.stderr)
            return 2
        from local.demo.story import run

        return run()
    except KeyboardInterrupt:
        print("\nInterrupted. All that the demo had started is stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

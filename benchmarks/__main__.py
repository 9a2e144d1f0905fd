"""Run the benchmark scripts, each in a process of its own, and keep what they claim.

    python -m benchmarks            all of them
    python -m benchmarks chain      one

Results: benchmarks/results/<name>.jsonl, replaced by each run of that script.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = sorted(
    path.stem for path in HERE.glob("*.py") if path.stem not in {"__init__", "__main__", "claim"}
)


def main(names: list[str]) -> int:
    """Run the named scripts, or all.

    Returns:
        0 if every claim holds, 1 if one does not, 2 for an unknown name.
    """
    if unknown := sorted(set(names) - set(SCRIPTS)):
        print(f"No benchmark is called {unknown[0]}; there are: {', '.join(SCRIPTS)}.")
        return 2
    claims = [claim for name in names or SCRIPTS for claim in run(name)]
    for claim in claims:
        mark = "holds" if claim["holds"] else "FAILS"
        bound = "at most" if claim["at_most"] else "at least"
        print(f"{mark}  {claim['claim']:<28} {claim['value']:>10} ({bound} {claim['target']})")
    return 0 if claims and all(claim["holds"] for claim in claims) else 1


def run(name: str) -> list[dict[str, object]]:
    """Run one script, keep its claims, and return them."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    # What a script prints besides its claims is progress, and goes to the terminal as it comes.
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

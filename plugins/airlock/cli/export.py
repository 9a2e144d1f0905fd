"""airlock export: write a bundle in a form that other systems serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export`."""
    one = commands.add_parser("export", help="write a bundle's graph as ONNX")
    one.add_argument("bundle", metavar="BUNDLE", type=Path, help="its local folder")
    one.add_argument("--onnx", metavar="FILE", type=Path, required=True, help="to be written")
    one.add_argument("--digest", help="the bundle's name, as the ledger has it")
    one.set_defaults(run=export)


def export(parsed: argparse.Namespace, console: Console) -> int:
    """Verify, write, and run what was written on the bundle's own example."""
    if not parsed.bundle.is_dir():
        raise WrongCall(
            f"{parsed.bundle} is no folder.",
            do="Name the local folder of a bundle, such as MLflow downloads it.",
        )
    from airlock.bundle.onnx import missing_packages, to_onnx

    if parsed.digest is None and not missing_packages():
        from airlock.bundle import manifest
        from airlock.config.client import check_vouched

        # Without a digest from the ledger somebody must vouch for what is loaded and run here.
        check_vouched(parsed.bundle, manifest.verify(parsed.bundle), None)
    names = to_onnx(parsed.bundle, parsed.onnx, parsed.digest)
    console.print(
        f"{parsed.onnx}: takes {', '.join(names)}, gives logits, and says what the bundle says.",
        markup=False,
    )
    return OK

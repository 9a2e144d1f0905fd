"""The command line.

airlock init DIR                      write a small project that runs as it is
airlock new MODEL --from --target     write the files of a pipeline, from a look at its table
airlock check [MODEL]                 are the pipelines right? without Airflow, data or scheduler
airlock schemas DIR                   JSON Schemas of the YAML files, for editors
airlock verify [MODEL]                hash every entry, and all that the entries name
airlock history MODEL                 what was decided about a model, by whom, and why
airlock adopt MODEL --by --reason     put nights from before the upgrade under a signature
airlock checkpoint [MODEL]            size and head of every ledger, to be kept elsewhere
airlock witness sign                  sign another installation's checkpoints, from standard input
airlock rollback MODEL --reason WHY   make an earlier champion champion again, in your name
airlock keys rotate|sign [MODEL]      change the signing key, sign the champions' bundles
airlock policy check|test FILE        is it right, and what would it have decided?
airlock repair [MODEL] [--apply]      put back what MLflow lost, from store and ledger
airlock gc [--dry-run]                delete what is past its time
airlock expectations draft SOURCE     a first expectations file, from a sample of the rows
airlock redaction draft SOURCE        a first redaction file, from the looks of a sample
airlock redaction check FILE --texts F recall and precision of a file on texts of one's own
airlock subject --column-domain DOMAIN which nights, models and decisions concern one person
airlock hold MODEL [--version N]      keep what a court asks for: gc and erase leave it alone
airlock erase --column-domain DOMAIN  erase one person, named on standard input
airlock replay RUN                    train again from the record, and compare the weights
airlock explain NIGHT KEY --model M   why a row has its score, and who answers for it
airlock review MODEL [--to FILE.csv]  the rows that the model was unsure of, for people to judge
airlock export BUNDLE --onnx FILE     a bundle's graph as ONNX
airlock evidence MODEL VERSION        all that an outsider needs to judge a version, as a zip
airlock outbox list|retry             who was not told yet what was decided, and tell them again
airlock cost [MODEL]                  what its stages took: time, energy, money
airlock slo [MODEL]                   nights on time, from alarm to production, overrides
airlock governance draft MODEL        what only people can say about a model, still unsaid
airlock trust [KEY]                   whose bundles are loaded on this machine

One file a group of commands, which adds its parsers by `add(commands)`. A parser's default `run` is
called with what was parsed and a console, and returns the exit status.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from airlock.cli import (
    adopt,
    check,
    cost,
    erase,
    evidence,
    expectations,
    explain,
    export,
    gc,
    hold,
    init,
    keys,
    ledger,
    new,
    outbox,
    policy,
    redaction,
    repair,
    replay,
    review,
    rollback,
    schemas,
    slo,
    subject,
    trust,
    verify,
    witness,
)
from airlock.cli.outcome import NO, USAGE, WrongCall
from airlock.core.errors import AirlockError

if TYPE_CHECKING:
    from rich.console import Console

_GROUPS = (
    *(
        init,
        new,
        check,
        schemas,
        verify,
        ledger,
        adopt,
        witness,
        rollback,
        keys,
        policy,
        repair,
        gc,
    ),
    *(
        expectations,
        redaction,
        erase,
        subject,
        hold,
        replay,
        explain,
        review,
        export,
        trust,
        evidence,
        cost,
        slo,
        outbox,
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 if all is well, 1 if something does not hold or failed, 2 for a wrong call.
    """
    parsed = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Console], int] = parsed.run
    try:
        from airlock.cli.console import console

        return run(parsed, console())
    except WrongCall as error:
        _complain(error)
        return USAGE
    except AirlockError as error:
        _complain(error)
        return NO
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="airlock",
        description="Airlock at the command line: what was decided, does it hold, what comes next?",
        epilog="Exit status: 0 all is well, 1 something does not hold or failed, 2 wrong call.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.add(commands)
    return parser


def _complain(error: AirlockError) -> None:
    # An error's text is made visible where it is made.
    sys.stderr.write(f"airlock: {error}\n")

"""The database that predictions are delivered to: away, silent, or locked by somebody."""

from __future__ import annotations

import threading
import time

from tests.faults.catalog import fault
from tests.faults.tasks import in_process
from tests.faults.world import NIGHT, World


def _away(state: str) -> None:
    @fault(
        f"PostgreSQL {'away' if state == 'down' else 'silent'} at score",
        broken=f"The database of the scores {'refuses' if state == 'down' else 'never answers'}.",
        promised="An error that a retry can help, within 90 s; then every row is there once.",
        level="stage",
        needs=("postgres",),
        after=("scoring",),
    )
    def away(world: World) -> str:
        run = world.before("score")
        world.lines["postgres"].be(state)
        ended = run.once("score")
        world.lines["postgres"].be("up")
        assert ended.state == "again", ended
        assert ended.seconds < 120, f"it took {ended.seconds:.0f} s"
        run.rest("score")
        return f"after {ended.seconds:.0f} s: “{ended.error[:80]}”; then {_rows(world)} rows"


_away("down")
_away("hung")


@fault(
    "PostgreSQL loses its answers at score",
    broken="The line is cut whenever the database answers, for three seconds.",
    promised="Whatever was written, in the end every row of the night is there once.",
    level="stage",
    needs=("postgres",),
    after=("scoring",),
)
def _deaf(world: World) -> str:
    run = world.before("score")
    line = world.lines["postgres"]
    line.be("deaf")
    back = threading.Timer(3, lambda: line.be("up"))
    back.start()
    run.rest("score", repaired=lambda *_: time.sleep(1))
    back.join()
    return f"{run.used('score')} tries; {_rows(world)} rows"


@fault(
    "PostgreSQL table locked 30 s at score",
    broken="Somebody holds an exclusive lock on the table of the scores for 30 s.",
    promised="The task waits, or is tried again; every row is there once.",
    level="stage",
    needs=("postgres",),
    after=("scoring",),
)
def _locked(world: World) -> str:
    world.before("score").rest("score")
    again = world.scoring(params={"recompute": True})
    again.whole(until="redact")
    address = _address(world)

    def hold() -> None:
        import psycopg2

        with psycopg2.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute("LOCK TABLE scores, scores_partitions IN ACCESS EXCLUSIVE MODE")
            time.sleep(30)

    holder = threading.Thread(target=lambda: in_process(world.site, hold))
    holder.start()
    time.sleep(2)
    began = time.monotonic()
    again.rest("score", repaired=lambda *_: time.sleep(5))
    seconds = time.monotonic() - began
    holder.join()
    return f"{seconds:.0f} s; {_rows(world)} rows"


@fault(
    "two attempts deliver to PostgreSQL",
    broken="Three runs score a night and deliver it to one table at once.",
    promised="Every row is there once.",
    level="process",
    needs=("postgres",),
    after=("scoring",),
)
def _abreast(world: World) -> str:
    from tests.faults.kinds.races import abreast

    states = abreast(*(world.scoring() for _ in range(3)))
    assert all(one["score"] == "success" for one in states), states
    return f"{_rows(world)} rows"


def _address(world: World) -> str:
    return world.site.more["AIRFLOW_CONN_SCORES"]


def _rows(world: World) -> int:
    """How many rows the night has there; no two are the same row."""
    address = _address(world)

    def count() -> list[int]:
        import psycopg2

        with psycopg2.connect(address) as connection, connection.cursor() as cursor:
            question = "SELECT count(*), count(DISTINCT row) FROM scores WHERE night = %s"
            cursor.execute(question.replace("DISTINCT row", 'DISTINCT "row"'), (NIGHT,))
            return list(cursor.fetchone() or ())

    rows, different = in_process(world.site, count)
    assert rows == different == 1_500, (rows, different)
    return int(rows)

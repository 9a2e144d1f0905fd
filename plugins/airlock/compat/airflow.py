"""From the inside of Airflow. Imported when it is asked for: a DAG file pays for none of it."""

from __future__ import annotations

import importlib
import secrets
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airlock.core.errors import SpecError

if TYPE_CHECKING:
    from airflow.api_fastapi.app import get_auth_manager as get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import (
        DagAccessEntity as DagAccessEntity,
    )
    from airflow.api_fastapi.common.db.common import SessionDep as SessionDep
    from airflow.api_fastapi.core_api.security import GetUserDep as GetUserDep
    from airflow.api_fastapi.core_api.security import get_user as get_user
    from airflow.api_fastapi.core_api.security import requires_access_dag as requires_access_dag
    from airflow.dag_processing.dagbag import DagBag as DagBag
    from airflow.models.connection import Connection as Connection
    from airflow.models.dag import DagTag as DagTag
    from airflow.models.dagrun import DagRun as DagRun
    from airflow.models.taskinstance import TaskInstance as TaskInstance
    from airflow.providers.standard.utils.skipmixin import SkipMixin as SkipMixin
    from airflow.sdk.bases.operator import ExecutorSafeguard as ExecutorSafeguard
    from airflow.sdk.definitions._internal.contextmanager import DagContext as DagContext
    from airflow.sdk.definitions.mappedoperator import MappedOperator as MappedOperator
    from airflow.sdk.definitions.param import process_params as process_params
    from airflow.sdk.execution_time.comms import CreateHITLDetailPayload as CreateHITLDetailPayload
    from airflow.sdk.execution_time.comms import HITLDetailRequestResult as HITLDetailRequestResult
    from airflow.sdk.execution_time.comms import MaskSecret as MaskSecret
    from airflow.sdk.execution_time.comms import _RequestFrame as _RequestFrame
    from airflow.sdk.execution_time.hitl import (
        get_hitl_detail_content_detail as get_hitl_detail_content_detail,
    )
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence as LazyXComSequence
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS as SUPERVISOR_COMMS
    from airflow.sdk.types import TaskInstanceKey as TaskInstanceKey
    from airflow.utils.session import create_session as create_session

READ_IN = "3.3.2"

RUNNER = "airflow.sdk.execution_time.task_runner"
"""The module of a task's process; `SUPERVISOR_COMMS` stands in it once a task runs there."""

HOMES = {
    "get_auth_manager": "airflow.api_fastapi.app",
    "DagAccessEntity": "airflow.api_fastapi.auth.managers.models.resource_details",
    "SessionDep": "airflow.api_fastapi.common.db.common",
    "GetUserDep": "airflow.api_fastapi.core_api.security",
    "get_user": "airflow.api_fastapi.core_api.security",
    "requires_access_dag": "airflow.api_fastapi.core_api.security",
    "ExecutorSafeguard": "airflow.sdk.bases.operator",
    "DagContext": "airflow.sdk.definitions._internal.contextmanager",
    "MappedOperator": "airflow.sdk.definitions.mappedoperator",
    "process_params": "airflow.sdk.definitions.param",
    "DagBag": "airflow.dag_processing.dagbag",
    "Connection": "airflow.models.connection",
    "DagTag": "airflow.models.dag",
    "DagRun": "airflow.models.dagrun",
    "TaskInstance": "airflow.models.taskinstance",
    "SkipMixin": "airflow.providers.standard.utils.skipmixin",
    "CreateHITLDetailPayload": "airflow.sdk.execution_time.comms",
    "HITLDetailRequestResult": "airflow.sdk.execution_time.comms",
    "MaskSecret": "airflow.sdk.execution_time.comms",
    "_RequestFrame": "airflow.sdk.execution_time.comms",
    "get_hitl_detail_content_detail": "airflow.sdk.execution_time.hitl",
    "LazyXComSequence": "airflow.sdk.execution_time.lazy_sequence",
    "SUPERVISOR_COMMS": RUNNER,
    "TaskInstanceKey": "airflow.sdk.types",
    "create_session": "airflow.utils.session",
}
"""Where each name lives."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        # Asked each time: the runner's line to its supervisor is set while the process lives.
        return getattr(importlib.import_module(HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def mapped_behind(value: Any) -> str | None:
    """The task whose mapped instances' values a template field will ask the server for, if any."""
    if not isinstance(value, __getattr__("LazyXComSequence")):
        return None
    return str(value._xcom_arg.operator.task_id)


def discard_answers() -> None:
    """Throw away what the supervisor answered, or will, to somebody else on this task's line.

    A process that was forked from the task may have asked for something and not have read it: the
    task would take the answer for that to its own next question, another connection for one. So
    something is asked under a number that nobody knows, and all before its answer is dropped.
    """
    runner = sys.modules.get(RUNNER)
    comms: Any = getattr(runner, "SUPERVISOR_COMMS", None)
    if comms is None:
        return
    frames, nothing = (__getattr__(name) for name in ("_RequestFrame", "MaskSecret"))
    number = secrets.randbits(62)
    # What it asks changes nothing: that a text which never occurs be hidden in logs.
    question = nothing(value=secrets.token_hex()).model_dump()
    comms.socket.sendall(frames(id=number, body=question).as_bytes())
    while comms._read_frame().id != number:
        pass


def log_without_traceback(foreseen: Callable[[BaseException], bool]) -> None:
    """Let this process log the sentence of some errors instead of their traceback.

    Airflow logs whatever ends a task with its traceback, above which the sentence is easily
    overlooked. A process whose logs are set up in another way logs as it did.

    Args:
        foreseen: whether an error's sentence says all that there is to say.
    """
    structlog = importlib.import_module("structlog")

    def processor(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
        error = sys.exception() if event.get("exc_info") is True else event.get("exc_info")
        if isinstance(error, BaseException) and foreseen(error):
            del event["exc_info"]
            event["event"] = str(error)
        return event

    # The list itself: loggers that were made before hold it, too.
    structlog.get_config()["processors"].insert(0, processor)


def may_start(dag_id: str, user: Any) -> bool:
    """Whether a user may start runs of a DAG, by Airflow's auth manager."""
    details = importlib.import_module(
        "airflow.api_fastapi.auth.managers.models.resource_details"
    ).DagDetails(id=dag_id)
    manager, entity = __getattr__("get_auth_manager")(), __getattr__("DagAccessEntity")
    return bool(
        manager.is_authorized_dag(
            method="POST", access_entity=entity.RUN, details=details, user=user
        )
    )


def may_answer(dag_id: str, user: Any) -> bool:
    """Whether a user may answer what runs of a DAG ask, by Airflow's auth manager.

    A question may name who answers it: that is told by whoever is refused.
    """
    details = importlib.import_module(
        "airflow.api_fastapi.auth.managers.models.resource_details"
    ).DagDetails(id=dag_id)
    manager, entity = __getattr__("get_auth_manager")(), __getattr__("DagAccessEntity")
    return bool(
        manager.is_authorized_dag(
            method="PUT", access_entity=entity.HITL_DETAIL, details=details, user=user
        )
    )


def start_run(dag_id: str, *, run_id: str, conf: dict[str, Any], by: str) -> bool:
    """Start a run by hand, in somebody's name; False if one of that id is there already.

    Airflow's audit log names it, as it does what its own API starts.

    Raises:
        SpecError: there is no such DAG, or its form refuses the values.
    """
    exceptions = importlib.import_module("airflow.exceptions")
    triggering = importlib.import_module("airflow.api.common.trigger_dag")
    types = importlib.import_module("airflow.utils.types")
    errors = importlib.import_module("sqlalchemy.exc")
    missing: tuple[type[Exception], ...] = (exceptions.DagNotFound,)
    try:
        triggering.trigger_dag(
            dag_id,
            triggered_by=types.DagRunTriggeredByType.REST_API,
            triggering_user_name=by,
            run_id=run_id,
            conf=conf,
        )
    except (exceptions.DagRunAlreadyExists, errors.IntegrityError):
        return False
    except missing:
        raise SpecError(f"There is no DAG {dag_id}.", do="Is its file parsed?") from None
    except (exceptions.ParamValidationError, ValueError):
        # Its text quotes what was sent.
        raise SpecError(
            f"The form of {dag_id} refuses these values.", do="See the DAG's parameters in Airflow."
        ) from None
    note("airlock.start_run", dag_id=dag_id, run_id=run_id, by=by)
    return True


def note(
    event: str, *, dag_id: str, by: str, run_id: str | None = None, about: str | None = None
) -> None:
    """Write into Airflow's audit log what somebody did.

    Args:
        about: what it was done to; never a value out of data.
    """
    log = importlib.import_module("airflow.models.log").Log
    with __getattr__("create_session")() as session:
        session.add(log(event=event, dag_id=dag_id, run_id=run_id, owner=by, extra=about))

"""What `airflow providers list` and `airflow config list` show of Airlock.

Where `airflow-airlock` is installed, Airflow reads this through the entry point
`apache_airflow_provider`: the section `[airlock]` then has its defaults and its documentation in
Airflow itself.
"""

from __future__ import annotations

from typing import Any, Literal

_Kind = Literal["string", "boolean", "integer", "float"]


def get_provider_info() -> dict[str, Any]:
    """The provider's description, as `provider_info.schema.json` of Airflow asks for it."""
    return {
        "package-name": "airflow-airlock",
        "name": "Airlock",
        "description": "A batch MLOps platform inside Airflow: validates, redacts, trains, "
        "evaluates, registers and promotes models behind signed gates.",
        "config": {
            "airlock": {
                "description": "Airlock. Connections hold addresses and secrets; this section "
                "holds the rest. Relative paths are below the project root.",
                "options": _OPTIONS,
            }
        },
    }


def _option(
    description: str,
    default: str | None,
    *,
    kind: _Kind = "string",
    example: str | None = None,
) -> dict[str, Any]:
    return {
        "description": description,
        "version_added": "0.1.0",
        "type": kind,
        "example": example,
        "default": default,
    }


_OPTIONS: dict[str, Any] = {
    "root": _option(
        "The project root, to which relative paths are relative; the folder that holds the DAG "
        "folder if left out.",
        None,
        example="/opt/airflow/project",
    ),
    "model_packages": _option(
        "Packages that models may come from, separated by commas: below the root, or installed.",
        "include",
        example="include, acme_models",
    ),
    "sources": _option(
        "Prefixes below which a source may lie, separated by commas.",
        "var/data, include/data",
        example="s3://crm/leads, var/data",
    ),
    "trusted_keys": _option(
        "File with the public keys whose signatures count: key id to public key in base64.",
        "var/keys/trusted.json",
    ),
    "keys": _option(
        "Folder of the secret keys, one file each, mode 0600: airlock_signing.key, "
        "airlock_pseudonym.key and airlock_split.key.",
        "var/keys",
    ),
    "withheld": _option(
        "Files and folders, separated by commas, that stages which decide nothing must not read, "
        "beside the keys.",
        "",
        example="var/airflow.env, var/passwords.json, var/airflow",
    ),
    "seal": _option(
        "Have every stage sign its result and its receipt, and read only what is signed: every "
        "worker needs airlock_signing.key then. Off, only what the ledger names is signed.",
        "True",
    ),
    "confine": _option(
        "Have the kernel keep such stages from these files (Landlock, Linux 5.19 and later).",
        "True",
    ),
    "notifier": _option(
        "Class path of the Airflow notifier that is told of failures, rejections and waiting "
        "approvals.",
        "airlock.config.notify.LogNotifier",
        example="airflow.providers.smtp.notifications.smtp.SmtpNotifier",
    ),
    "notifier_kwargs": _option(
        "Its arguments as JSON; {{subject}} and {{message}} stand for what is told.",
        "{{}}",
        example='{{"to": "ml@example.com", "subject": "{{subject}}"}}',
    ),
    "escalation_notifier": _option(
        "The notifier for approvals that still wait when escalate_after_hours are over; the one "
        "above if left out.",
        None,
    ),
    "escalation_kwargs": _option("Its arguments as JSON.", None),
    "roles": _option(
        "Who has which role, as policies name them, as JSON.",
        "{{}}",
        example='{{"ml_leads": ["ada", "grace"]}}',
    ),
    "accounts": _option(
        "Ids of accounts, where the auth manager does not use the user names as ids, as JSON.",
        "{{}}",
        example='{{"ada": "3"}}',
    ),
    "preload": _option(
        "Whether the scheduler imports the heavy libraries once, before it forks.",
        "True",
        kind="boolean",
    ),
    "device_hour_price": _option(
        "What an hour of one device costs, in any currency; empty if nobody says.", ""
    ),
    "core_hour_price": _option(
        "What an hour of one busy core costs, in the same currency; empty if nobody says.", ""
    ),
    "currency": _option("The currency of both prices; empty if nobody says.", "", example="EUR"),
    "core_watts": _option(
        "What one busy core takes in watts, where the processor's own counter cannot be read; "
        "empty if nobody says.",
        "",
    ),
    "device_watts": _option(
        "What one busy device takes in watts, where a GPU's own counter cannot be read; empty if "
        "nobody says.",
        "",
    ),
    "spot": _option(
        "Whether the machine of a worker can be taken away at any time: True or False, for each "
        "worker by its environment; empty if nobody says.",
        "",
    ),
    "sinks": _option(
        "Ids of the connections, separated by commas, of those who are told what was decided: "
        "docs/outbox.md.",
        "",
        example="airlock_tracker",
    ),
    "smoke_timeout": _option(
        "Seconds for the fresh process that loads a registered model for the first time; 10 at "
        "least. Without an answer it is tried again.",
        "600",
    ),
    "outage_hours": _option(
        "How many hours a task waits for a store or an MLflow that is away before a further "
        "failure counts as one of its tries; 0 counts each.",
        "4",
    ),
    "prepare_memory": _option(
        "GiB of memory that the join of several sources may take; what needs more goes to disk.",
        "2",
    ),
    "mlflow_ui": _option(
        "Address of MLflow's UI, such as http://127.0.0.1:5000, where it is another one than that "
        "of the connection airlock_mlflow. Links lead there; without any address there is none.",
        "",
    ),
    "answers": _option(
        "Folder or s3:// prefix into which the Airlock page writes what people answer about rows "
        "that a model was unsure of: below it <model>/date=<night>/, where the model's DAG for "
        "answers reads. Empty: people answer by sheet alone.",
        "",
        example="var/data/answers",
    ),
    "prepare_disk": _option(
        "GiB of the temporary folder that such a join may fill with what does not fit into memory.",
        "64",
    ),
}

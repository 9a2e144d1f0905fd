"""### SMS spam: a text classifier on a real table.

Is a message spam? The public SMS Spam Collection (5,574 messages, tab separated). Put the file at
`var/data/sms_spam.tsv` (docs/models.md says where to get it) and press *Trigger*.

The messages are free text that people wrote: they pass the redaction's scan for numbers and
addresses, and the model learns from what is left. The table has no other key than the message
itself, so that is the entity: equal messages, and messages that differ in a phone number alone,
share a fold.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, TrainSpec, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("sms_spam_training", schedule=None, doc_md=__doc__, **NIGHTLY):
    training(
        model="sms_spam",
        source="sms_spam.tsv",
        expectations=INCLUDE / "expectations/sms_spam.yaml",
        redaction=INCLUDE / "redaction/sms_spam.yaml",
        policy=INCLUDE / "policies/sms_spam.yaml",
        train=TrainSpec(
            model="include.models.spam:SmsSpam",
            target="label",
            entity="message",
            features=("message",),
            batch_size=128,
            max_epochs=12,
            patience=4,
        ),
    )

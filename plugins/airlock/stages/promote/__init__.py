"""Promote: appends the promotion to the ledger, and points MLflow's alias at the champion."""

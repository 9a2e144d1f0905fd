"""Reconcile: makes MLflow's alias agree with the ledger."""

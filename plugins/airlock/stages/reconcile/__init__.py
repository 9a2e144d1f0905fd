"""Reconcile: MLflow's alias follows the ledger."""

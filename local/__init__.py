"""Runs Airlock's Airflow on one machine: for `make up`, `make demo` and the end-to-end tests."""

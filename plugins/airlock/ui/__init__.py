"""What Airflow's UI imports: `airlock.js`, built from `ui/` by `make ui`."""

"""The only file that Airflow scans: registers the plugin of a checkout.

Where `airflow-airlock` is installed, its entry point has registered the plugin already; a second
registration would mount every route twice.
"""

from __future__ import annotations

from importlib.metadata import entry_points

if not entry_points(group="airflow.plugins", name="airlock"):
    from airlock.plugin import AirlockPlugin  # noqa: F401  # Airflow looks for it in this module

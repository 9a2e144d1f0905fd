"""Everything around a stage: fetch, run, publish, receipt, translate errors."""

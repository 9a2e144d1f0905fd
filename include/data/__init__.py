"""Made-up data to run the pipelines on."""

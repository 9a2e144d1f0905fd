"""Runs a stage: fetch inputs, run, publish, write the receipt, translate errors."""

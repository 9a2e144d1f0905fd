"""What OpenLineage is told of a stage: datasets by content, columns, checks, the ledger's word."""

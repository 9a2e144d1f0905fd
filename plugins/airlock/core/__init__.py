"""What everything else is built on: errors, content, specs, contracts, tables, metrics."""

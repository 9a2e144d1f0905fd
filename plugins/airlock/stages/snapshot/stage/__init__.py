"""Freezes the night's rows: reads them under the data contract, writes and names them."""

"""The documents of an evidence pack, as Markdown: what records know, and what people said."""

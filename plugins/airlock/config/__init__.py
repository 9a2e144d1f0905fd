"""What is configured: settings, options, and who is told."""

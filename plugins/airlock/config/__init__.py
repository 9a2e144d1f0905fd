"""Configuration: settings, options, keys, connections and notifications."""

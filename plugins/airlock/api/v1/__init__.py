"""Version 1 of the REST API: models as a whole, for the Airlock page and for programs."""

"""What this project trains and demands: models, expectations, redaction, policies, data."""

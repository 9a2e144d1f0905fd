"""What the README's figures come from: one script a subject, one JSON object a claim."""

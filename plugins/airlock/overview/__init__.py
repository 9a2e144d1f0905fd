"""What is known of a model as a whole: its champions, candidates and nights, and what it needs."""

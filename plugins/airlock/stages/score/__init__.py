"""Score: predicts a night's rows with the champion, each stamped with the model version."""

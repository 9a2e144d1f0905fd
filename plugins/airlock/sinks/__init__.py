"""Who else is told what was decided: one file a kind of receiver."""

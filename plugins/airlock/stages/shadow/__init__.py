"""Shadow: a second model scores the same rows; nobody reads its predictions."""

"""Shadow: somebody beside the champion, on the same rows, and heard by nobody."""

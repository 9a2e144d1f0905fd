"""Score: stamp predictions with the version that made them."""

"""`make demo STORY=drift`: from a night that has drifted to a published release, with its proof."""

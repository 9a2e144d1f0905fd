"""Scores a night with the champion."""

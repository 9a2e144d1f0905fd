"""Promote: write who is champion, and let the alias follow."""

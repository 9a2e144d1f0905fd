"""Stand-ins of GitHub, GitLab and Jira that keep state, for tests and for a demo offline.

Each speaks as much of the real one's REST API as its client library needs for tickets. What they
are given stands in `tickets`; `history` of a ticket says what it was after every change.
"""

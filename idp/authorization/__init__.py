"""The authorization server: request checks, the interaction decision, grants as plans, metadata, logout.

Public names stand in the modules; entrances are `server`, `checks` and `interaction`.
"""

"""The identity provider: everything between "who is this?" and a signed token.

Rooms are ordered; `docs/architecture.md` draws the order and import-linter keeps it.
"""

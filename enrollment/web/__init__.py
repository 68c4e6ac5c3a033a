"""The pages of the registration centre: what its staff, its applicants and their introducers meet in a browser.

Nothing is imported here: a web process holds the pages that were asked for (`floors`). The floor below does not know
of it.
"""

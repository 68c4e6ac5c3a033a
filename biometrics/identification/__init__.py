"""Identification: a probe against many people, answered by a ranked candidate list with log-likelihood ratios.

Pure: galleries are files in a folder that the caller names; rows of a database and other indexes belong to the caller.
"""

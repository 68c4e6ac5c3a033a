"""From bytes that anybody may have sent to a `Sample` at a known resolution.

Formats and records are read in a bounded child process; only `resolution` and `reader` are for others.
"""

"""People who act for somebody else: mandates with limits and an end, agreed to by both, and seen by both."""

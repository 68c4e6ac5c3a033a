"""From a score to a decision: calibration files turn scores into log-likelihood ratios, and fusion adds those up.

No threshold stands in code: each comes from a calibration file, for a stated false match rate.
"""

"""Demo relying parties: small independent programs that know WanGov ID only by its address.

They import nothing of the house. `python -m examples.tax` and `python -m examples.clinic` start them.
"""

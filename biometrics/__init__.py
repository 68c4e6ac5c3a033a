"""The biometric engine: images in, templates, scores and candidate lists out. It knows no store, no network, no web.

From below: sample and errors (values), decoding (bytes to samples), fingerprint and face (templates and scores),
records (foreign formats), decision (scores to evidence), identification (galleries), presentation, synthetic,
evaluation.
"""

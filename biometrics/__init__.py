"""The biometric engine: images in, templates, scores and candidate lists out. The place is reserved.

To come: sample, template, quality, fingerprint, face, identification, fusion, decision, evaluation.
"""

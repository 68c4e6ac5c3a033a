"""From the registration centre to an issued identity. So far only the commands that measure the biometric engine.

To come: centres, storage, cases, capture, gallery, deduplication, adjudication, issuance, verification.
"""

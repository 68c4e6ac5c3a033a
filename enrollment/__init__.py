"""From the registration centre to an issued identity. The place is reserved; no room stands here yet.

To come: centres, storage, cases, capture, gallery, deduplication, adjudication, issuance, verification.
"""

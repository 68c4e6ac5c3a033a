"""From the registration centre to an issued identity.

To come: gallery, deduplication, adjudication, verification, and the screens.
"""

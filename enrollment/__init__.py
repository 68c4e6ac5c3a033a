"""From the registration centre to an issued identity.

To come: adjudication, verification, and the screens of capture, claiming and adjudication.
"""

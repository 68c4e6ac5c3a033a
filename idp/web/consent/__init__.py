"""The consent page: what a service would see of a person, and their yes or no.

Public names: `consent` (blueprint).
"""

from idp.web.consent.views import consent

__all__ = ["consent"]

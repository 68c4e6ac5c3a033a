"""Purpose keys that exist for one test."""

import os

from idp.keys import Purpose, PurposeKeys, Sealer


def purpose_keys() -> PurposeKeys:
    """A fresh key for every purpose."""
    return PurposeKeys({(purpose, 1): os.urandom(32) for purpose in Purpose})


def sealer(keys: PurposeKeys) -> Sealer:
    """A sealer under these keys."""
    return Sealer(keys, os.urandom)

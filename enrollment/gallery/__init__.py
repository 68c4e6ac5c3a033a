"""The gallery: which templates are searched, as rows of the database, and indexes of them that workers search.

Public names here are the light ones: `Changes`, `Entries`, `Entry`, `EpochKey`, `Epochs`, `Fetch`, `Follower`, `Found`,
`Gallery`, `Hit`, `Owner`, `Place`, `Readiness`, `Subject`, `Template`, `Terms`. The index on a worker's own disk,
`enrollment.gallery.local.LocalGallery`, loads the engine and is imported by workers alone.
"""

from enrollment.gallery.entries import Changes, Entries, Entry, Owner
from enrollment.gallery.epochs import EpochKey, Epochs
from enrollment.gallery.following import Follower
from enrollment.gallery.readiness import Readiness
from enrollment.gallery.searching import Fetch, Found, Gallery, Hit, Place, Subject, Template, Terms

__all__ = [
    "Changes",
    "Entries",
    "Entry",
    "EpochKey",
    "Epochs",
    "Fetch",
    "Follower",
    "Found",
    "Gallery",
    "Hit",
    "Owner",
    "Place",
    "Readiness",
    "Subject",
    "Template",
    "Terms",
]

"""Who of the staff has a person's record for their own, or one of their household.

Records that were merged are one person's: what was noted in any of them counts for all, whichever of them is asked
about. A member of the staff is the same person by whatever account of theirs, and a household is one from both ends.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from idp.database import Session

__all__ = ["Kinship"]

# `above` leads to the record that goes on, `mine` and `theirs` are all that are one with it.
_RELATED = text(
    """
    with recursive mine(id) as (
        select person_id from person_account where subscriber_id = :staff_id
        union select p.id from person p join mine on p.merged_into = mine.id
    ), above(id, into_id) as (
        select id, merged_into from person where id = :person_id
        union select p.id, p.merged_into from person p join above on p.id = above.into_id
    ), theirs(id) as (
        select id from above where into_id is null
        union select p.id from person p join theirs on p.merged_into = theirs.id
    )
    select exists (select 1 from mine join theirs on theirs.id = mine.id)
    or exists (
        select 1 from theirs
        join person_version v on v.person_id = theirs.id
        join enrol_kin k on k.aid = v.aid
        where k.subscriber_id = :staff_id or k.subscriber_id in (
            select a.subscriber_id from mine join person_account a on a.person_id = mine.id
        )
    )
    or exists (
        select 1 from mine
        join person_version v on v.person_id = mine.id
        join enrol_kin k on k.aid = v.aid
        join person_account a on a.subscriber_id = k.subscriber_id
        join theirs on theirs.id = a.person_id
    )
    """
)


class Kinship:
    """Fulfils `Kin`, in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def related(self, staff_id: UUID, person_id: UUID) -> bool:
        """True for the person who holds this account, and for whoever an application of either calls its household."""
        return bool(self._session.scalar(_RELATED, {"staff_id": staff_id, "person_id": person_id}))

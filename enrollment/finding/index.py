"""Whom the blind index knows under a search, the likeliest first; and where a typed place may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import TextClause, text

from enrollment.centres import Divisions
from enrollment.centres.division_files import Division
from enrollment.finding.asking import Wanted
from enrollment.register.name_keys import asked_of_day, asked_of_names, asked_of_places
from idp.database import Session
from idp.keys import PurposeKeys

__all__ = ["Index", "places_meant"]

# One look into the index for each digest, as in `register.demographics`. The day and the place that were typed put
# somebody first; how many digests of the name are shared decides among the rest.
_RANKED = text(
    """
    with held as materialized (
        select found.person_id, count(*) as shared
        from unnest(cast(:asked as bigint[])) as asked (digest)
        cross join lateral (select person_id from name_key where digests @> array[asked.digest] offset 0) as found
        group by found.person_id
    )
    select held.person_id
    from held join name_key using (person_id)
    order by (digests && cast(:days as bigint[]))::int + (digests && cast(:places as bigint[]))::int desc,
             shared desc, held.person_id
    limit :most
    """
)
_PLAIN = text(
    """
    select found.person_id
    from unnest(cast(:asked as bigint[])) as asked (digest)
    cross join lateral (select person_id from name_key where digests @> array[asked.digest] offset 0) as found
    group by found.person_id
    order by count(*) desc, found.person_id
    limit :most
    """
)


class Index:
    """Asks the index of the register, in the caller's transaction."""

    def __init__(self, session: Session, keys: PurposeKeys) -> None:
        self._session = session
        self._keys = keys

    def people(self, wanted: Wanted, places: Mapping[str, str], most: int) -> Sequence[UUID]:
        """At most that many who may be meant. A name of one word is looked for by its day or its place."""
        words, sexes, years = wanted.words, wanted.sexes, wanted.years
        names = asked_of_names(self._keys, words, years, sexes)
        days = asked_of_day(self._keys, words, wanted.birth, sexes)
        there = asked_of_places(self._keys, words, places, years, sexes)
        asked = [*names, *days, *(there if len(words) == 1 else ())]
        if not asked:
            return []
        if not days and not there:
            return self.asked(_PLAIN, {"asked": asked, "most": most})
        values: dict[str, object] = {"asked": asked, "days": days, "places": there, "most": most}
        return self.asked(_RANKED, values)

    def asked(self, statement: TextClause, values: dict[str, object]) -> Sequence[UUID]:
        """What a statement of this room finds; a bench has it explained instead."""
        return self._session.scalars(statement, values).all()


def places_meant(divisions: Divisions, typed: str) -> dict[str, str]:
    """Where a typed place may be: codes of divisions, of what lies in them, and the words as they were typed.

    Each with the name that is shown for it. What is no division's name or alias stands for itself: records of other
    countries and of older registers have places in words.
    """
    if not typed.strip():
        return {}
    meant = {typed.strip(): typed.strip()}
    found = divisions.search(typed)
    exact = [one for one in found if _is_called(one, typed)]
    every = divisions.all()
    open_codes = [one.code for one in exact or found]
    while open_codes:
        inside = {one.code: one for one in every if one.code in open_codes or one.parent in open_codes}
        open_codes = [code for code in inside if code not in meant]
        for one in inside.values():
            meant |= dict.fromkeys((one.code, one.name, *one.aliases), one.name)
    return meant


def _is_called(one: Division, typed: str) -> bool:
    wanted = typed.strip().casefold()
    return wanted in {name.casefold() for name in (one.name, one.code, *one.aliases)}

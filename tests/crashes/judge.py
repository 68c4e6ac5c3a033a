"""What must be so whatever was killed: every acknowledged step is there once, nothing is half done or lies about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from minio import Minio

from enrollment.storage import Bucket
from tests.crashes.applicants import ENDS, Applicant
from tests.crashes.place import Place
from tests.crashes.striking import Asker
from tests.factories.deduplication import STRONG

__all__ = ["faults_of", "faults_of_stores", "strays"]

# What there must be of somebody with a number: question, how many.
_NUMBERED = (
    ("persons", "select count(*) from person p join issuance i on i.person_id = p.id where i.aid = %s", 1),
    ("issuances", "select count(*) from issuance where aid = %s", 1),
    ("versions", "select count(*) from person_version where aid = %s and valid_until is null", 1),
    (
        "numbers",
        "select count(*) from identifier d join issuance i using (person_id) where i.aid = %s and d.type = 'nin'",
        1,
    ),
    ("name keys", "select count(*) from name_key k join issuance i using (person_id) where i.aid = %s", 1),
    ("accounts", "select count(*) from person_account a join issuance i using (subscriber_id) where i.aid = %s", 1),
    ("slips", "select count(*) from activation_slip where aid = %s", 1),
    ("audited numbers", "select count(*) from audit_event where event = 'number.issued' and body ->> 'case' = %s", 1),
    (
        "entries of that person",
        "select count(*) from gallery_entry join issuance using (aid, person_id) where aid = %s and removed is null",
        len(STRONG),
    ),
)  # fmt: skip
_TRACES_OF_NONE = (
    ("issuances", "select count(*) from issuance where aid = %s", 0),
    ("persons", "select count(*) from person_version where aid = %s", 0),
    ("slips", "select count(*) from activation_slip where aid = %s", 0),
)
# What must not be anywhere: nothing of these belongs to nobody.
_STRAYS = {
    "people without a case": "select count(*) from person p where not exists"
    " (select from issuance i where i.person_id = p.id)",
    "numbers without a person's case": "select count(*) from identifier d where not exists"
    " (select from issuance i where i.person_id = d.person_id)",
    "accounts without a case": "select count(*) from subscriber s where not exists"
    " (select from issuance i where i.subscriber_id = s.id)",
    "events without an audit row": "select count(*) from enrol_event e where (select count(*) from audit_event a"
    " where a.event = 'enrolment.moved' and a.body ->> 'aid' = e.aid and (a.body ->> 'version')::int = e.n) <> 1",
    "audited steps without an event": "select count(*) from audit_event a where a.event = 'enrolment.moved' and not"
    " exists (select from enrol_event e where e.aid = a.body ->> 'aid' and e.n = (a.body ->> 'version')::int)",
    "keys claimed without a reply": "select count(*) from enrol_reply where reply is null",
    "samples without an object": "select count(*) from bio_sample s where not exists"
    " (select from stored_object o where o.id = s.object_id)",
    "objects that nothing names": "select count(*) from stored_object o where not exists"
    " (select from bio_sample s where s.object_id = o.id) and not exists"
    " (select from bio_template t where t.object_id = o.id) and not exists"
    " (select from enrol_document d where d.object_id = o.id)",
    "objects that wait for the sweep": "select count(*) from object_removal",
}


def faults_of(place: Place, asker: Asker, applicant: Applicant) -> Iterator[str]:
    """Every broken promise about one application."""
    told, aid = applicant.told, applicant.told.aid
    there = asker.ask("look", {"do": "look", "aid": aid})
    yield from _unlike("state", (there["state"], there["version"]), (told.state, told.version))
    yield from _unlike("end", there["state"], ENDS[0] if applicant.duplicate else ENDS[1])
    for name, value in told.person.items():
        yield from _unlike(f"person.{name}", there["person"].get(name), value)
    yield from _unlike("captured", there["captured"], sorted(position.value for position in STRONG))
    yield from _history(place, aid, there["version"])
    yield from _captured(place, applicant)
    yield from _searched(place, applicant)
    for name, question, count in _TRACES_OF_NONE if applicant.duplicate else _NUMBERED:
        yield from _unlike(name, place.query(question, aid)[0][0], count)


def strays(place: Place) -> dict[str, object]:
    """How much lies in the tables that belongs to nothing."""
    return {name: place.query(question)[0][0] for name, question in _STRAYS.items()}


def faults_of_stores(place: Place, asker: Asker, before: Mapping[str, object]) -> Iterator[str]:
    """Every broken promise about the stores as a whole, where `before` were the strays when all began.

    Ask when nothing is under way: an hour passes.
    """
    asker.ask("work", {"do": "work"})
    place.clock.advance(3600)
    swept = asker.ask("sweep", {"do": "sweep"})
    yield from (f"damaged object {one}" for one in swept["damaged"])
    for name, count in strays(place).items():
        yield from _unlike(name, count, before[name])
    known = {
        (f"{row[0]}.{row[1]}", row[2] or "")
        for row in place.query("select id, version, store_version from stored_object")
    }
    lying = set(_lying(place))
    yield from (f"an orphan {name}" for name, _ in sorted(lying - known))
    yield from (f"an object that is gone {name}" for name, _ in sorted(known - lying))


def _history(place: Place, aid: str, version: int) -> Iterator[str]:
    """One event for each version, each from where the one before led to."""
    rows = place.query("select n, from_state, to_state from enrol_event where aid = %s order by n", aid)
    yield from _unlike("events", [row[0] for row in rows], list(range(1, version + 1)))
    for before, after in pairwise(rows):
        yield from _unlike(f"event {after[0]}", after[1], before[2])


def _captured(place: Place, applicant: Applicant) -> Iterator[str]:
    """Each try that was acknowledged counted once; only the best are left, each with one template in the gallery."""
    aid, told = applicant.told.aid, applicant.told
    rows = place.query("select position, id::text, best from bio_sample where aid = %s order by position", aid)
    yield from _unlike("samples", {row[0]: row[1] for row in rows}, told.samples)
    yield from _unlike("samples that are the best", len([row for row in rows if row[2]]), len(STRONG))
    question = "select position, count(*), max(number) from capture_attempt where aid = %s group by position"
    tries = {str(row[0]): (row[1], row[2]) for row in place.query(question, aid)}
    yield from _unlike("tries", tries, {position: (count, count) for position, count in told.tries.items()})
    audited = place.query(
        "select count(*) from audit_event where event = 'enrolment.captured' and body ->> 'aid' = %s"
        " and body ->> 'position' <> 'document'",
        aid,
    )
    yield from _unlike("audited tries", audited[0][0], sum(told.tries.values()))
    pages = [str(row[0]) for row in place.query("select object_id from enrol_document where aid = %s", aid)]
    yield from _unlike("pages", pages, [told.page])
    templates = place.query(
        "select count(*), count(distinct t.sample_id) from bio_template t join bio_sample s on s.id = t.sample_id"
        " where s.aid = %s",
        aid,
    )
    yield from _unlike("templates", templates[0], (len(STRONG), len(STRONG)))
    entries = place.query(
        "select count(*), count(distinct object_id) from gallery_entry where aid = %s and removed is null", aid
    )
    yield from _unlike("gallery entries", entries[0], (len(STRONG), len(STRONG)))


def _searched(place: Place, applicant: Applicant) -> Iterator[str]:
    """One search, ended once; whoever comes again is found."""
    aid = applicant.told.aid
    rows = place.query("select outcome from dedup_search where aid = %s", aid)
    yield from _unlike("searches", rows, [("refer" if applicant.duplicate else "clear",)])
    hits = place.query("select candidate, person_id from dedup_hit where aid = %s", aid)
    twin = applicant.twin_of
    yield from _unlike("whom it found", [row[0] for row in hits], [] if twin is None else [twin.told.aid])
    question = "select count(*) from audit_event where event = 'enrolment.searched' and body ->> 'aid' = %s"
    yield from _unlike("audited searches", place.query(question, aid)[0][0], 1)


def _lying(place: Place) -> Iterator[tuple[str, str]]:
    """What lies in the buckets, by name and version, asked past the product."""
    settings = place.environment
    client = Minio(
        settings["WANGOV_S3_ENDPOINT"].removeprefix("http://"), access_key=settings["WANGOV_S3_ACCESS_KEY"],
        secret_key=settings["WANGOV_S3_SECRET_KEY"], secure=False, region="us-east-1",
    )  # fmt: skip
    for bucket in Bucket:
        for item in client.list_objects(
            f"{settings['WANGOV_S3_BUCKET']}-{bucket.value}", recursive=True, include_version=True
        ):
            version = item.version_id
            yield str(item.object_name), "" if version in {None, "null"} else str(version)


def _unlike(what: str, found: object, expected: object) -> Sequence[str]:
    return [] if found == expected else [f"{what}: {found!r}, not {expected!r}"]

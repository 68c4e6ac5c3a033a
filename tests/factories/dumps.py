"""Everything that lies in the stores, as bytes, to search for what must not be there."""

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from psycopg import sql

__all__ = ["database", "folder", "forms", "lying", "short_lived"]

_BLOCK = 1 << 16


def database(address: str) -> bytes:
    """Every row of every table, as text; stored bytes as hexadecimal digits."""
    parts = []
    with psycopg.connect(address) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (name,) in sorted(tables):
            with connection.cursor().copy(sql.SQL("copy {} to stdout").format(sql.Identifier(name))) as copying:
                parts += [name.encode(), *(bytes(block) for block in copying)]
    return b"\n".join(parts)


def short_lived(address: str, prefix: str) -> bytes:
    """Every key of Valkey under the prefix, and what it holds."""
    found = []
    with redis.Redis.from_url(address) as client:
        for key in client.scan_iter(f"{prefix}*", count=1000):
            found += [key, client.dump(key) or b""]
    return b"\n".join(found)


def folder(place: Path) -> bytes:
    """Every file below a folder, with its name; without the blocks in which nothing is written."""
    files = sorted(file for file in place.rglob("*") if file.is_file())
    return b"\n".join(part for file in files for part in (file.name.encode(), *_written(file)))


def _written(file: Path) -> Iterator[bytes]:
    """Blocks that are not all zeros: files of an index are made as long as they may become."""
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if block.count(0) < len(block):
                yield block


def forms(value: bytes) -> set[bytes]:
    """How bytes could lie in a dump: as they are, in hexadecimal digits, in base 64 from any place.

    Texts also as JSON, an address and UTF-16 write them, and in small and capital letters.
    """
    found = {value, value.hex().encode(), value.hex().upper().encode()}
    for shift in range(3):
        # Without what depends on the bytes around it.
        found.add(base64.b64encode(b"\0" * shift + value)[4:-4])
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return found
    return found | {
        text.encode("utf-16-le"),
        text.encode("ascii", "backslashreplace"),
        quote(text).encode(),
        text.lower().encode(),
        text.upper().encode(),
    }


def lying(carried_off: bytes, planted: dict[str, bytes]) -> list[str]:
    """The names of the planted values that lie there in any of their forms."""
    return [name for name, value in planted.items() if any(form in carried_off for form in forms(value))]

"""Everything that lies in the stores, as bytes, to search for what must not be there."""

import psycopg
import redis
from psycopg import sql

__all__ = ["database", "short_lived"]


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

"""Short forms of fingers on a worker's disk: sealed blocks, one behind the other, which a start reads back.

Head: the letters ``WGFL``, version 1 (one byte), sixteen bytes that name this file. Then blocks: a length (four bytes)
and sealed bytes, bound to the file's name and the block's number, so that none can be moved, repeated or left out.
Within: the number of the last change, that of the face gallery's last commit, and people with their forms; of a person
the last block holds. What is not whole ends the file: the rows of the database know the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from biometrics.identification.disk import Disk
from idp.entropy import Entropy
from idp.keys import Purpose, Sealer
from idp.keys.sealing import SealBrokenError

__all__ = ["Block", "FormLog", "Forms", "open_log", "start_log"]

_HEAD = Struct(">4sB16s")
_MAGIC, _VERSION = b"WGFL", 1
_LENGTH = Struct(">I")
_BLOCK = Struct(">QQI")
_PERSON = Struct(">16sB")
_FORM = Struct(">BBH")
# A block of people, and far more than one may have.
_LARGEST = 64 << 20

# Position and impression -> the bytes of the short form.
Forms = Mapping[tuple[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Block:
    """Changes up to `upto`. `commits` is how often the face gallery had been committed; nobody's forms are readable."""

    upto: int
    commits: int
    people: Mapping[int, Forms]


class FormLog:
    """Reads and appends blocks. Raises OSError as the disk does; after that it must be opened anew."""

    def __init__(self, path: Path, name: bytes, sealer: Sealer, disk: Disk) -> None:
        """For `start_log` and `open_log`."""
        self.path = path
        self._name, self._sealer, self._disk = name, sealer, disk
        self._count, self._end = 0, _HEAD.size

    def blocks(self) -> Iterator[Block]:
        """Every block that is whole, in order. Blocks are appended behind the last that was read."""
        self._count, self._end = 0, _HEAD.size
        with self.path.open("rb") as file:
            file.seek(self._end)
            while (found := self._next(file)) is not None:
                yield found

    @property
    def whole(self) -> bool:
        """Whether nothing follows the last block that was read or written; if not, it must be written anew."""
        return self.path.stat().st_size == self._end

    def append(self, block: Block) -> None:
        """Write a block, and wait until it is on the medium."""
        sealed = self._sealer.seal_system(Purpose.TEMPLATE, _label(self._name, self._count), _packed(block))
        content = _LENGTH.pack(len(sealed)) + sealed
        self._disk.write(self.path, self._end, content)
        self._disk.sync(self.path)
        self._count, self._end = self._count + 1, self._end + len(content)

    def _next(self, file: BinaryIO) -> Block | None:
        """The block that begins here; None at the end, and for bytes that are none."""
        head = file.read(_LENGTH.size)
        length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
        sealed = file.read(length) if 0 < length <= _LARGEST else b""
        if not sealed or len(sealed) < length:
            return None
        try:
            plain = self._sealer.open_system(Purpose.TEMPLATE, _label(self._name, self._count), sealed)
        except SealBrokenError:
            return None
        self._count, self._end = self._count + 1, self._end + _LENGTH.size + length
        return _unpacked(plain)


def start_log(path: Path, sealer: Sealer, entropy: Entropy, disk: Disk, blocks: Iterable[Block]) -> FormLog:
    """A new log with these blocks, in place of any other; the other stays until this one is whole."""
    name = entropy.bytes(16)
    fresh = path.with_suffix(".new")
    disk.create(fresh, 0)
    disk.write(fresh, 0, _HEAD.pack(_MAGIC, _VERSION, name))
    log = FormLog(fresh, name, sealer, disk)
    for block in blocks:
        log.append(block)
    disk.sync(fresh)
    disk.rename(fresh, path)
    disk.sync(path.parent)
    log.path = path
    return log


def open_log(path: Path, sealer: Sealer, disk: Disk) -> FormLog | None:
    """The log, to be read first; None where there is none of ours."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD.size)
    except FileNotFoundError:
        return None
    if len(head) < _HEAD.size:
        return None
    magic, version, name = _HEAD.unpack(head)
    return FormLog(path, name, sealer, disk) if (magic, version) == (_MAGIC, _VERSION) else None


def _label(name: bytes, number: int) -> str:
    return f"gallery-forms|{name.hex()}|{number}"


def _packed(block: Block) -> bytes:
    parts = [_BLOCK.pack(block.upto, block.commits, len(block.people))]
    for person, forms in block.people.items():
        parts.append(_PERSON.pack(person.to_bytes(16, "big"), len(forms)))
        for (position, impression), form in forms.items():
            parts += [_FORM.pack(position, impression, len(form)), form]
    return b"".join(parts)


def _unpacked(plain: bytes) -> Block:
    """The reverse of `_packed`; only sealed bytes come here, so they are ours."""
    upto, commits, count = _BLOCK.unpack_from(plain)
    at = _BLOCK.size
    people: dict[int, Forms] = {}
    for _ in range(count):
        person, fingers = _PERSON.unpack_from(plain, at)
        at += _PERSON.size
        forms = {}
        for _ in range(fingers):
            position, impression, length = _FORM.unpack_from(plain, at)
            at += _FORM.size
            forms[position, impression] = plain[at : at + length]
            at += length
        people[int.from_bytes(person, "big")] = forms
    return Block(upto, commits, people)

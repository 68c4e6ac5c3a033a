"""An examiner behind a wire: questions as messages, answers as messages, on both sides.

Only values cross: closed words, numbers, bytes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from enrollment.capture.findings import Examiner, Finger, Made, Mixup, MixupKind, Page, RidgePoint, RidgePoints, Seen
from enrollment.capture.hints import Hint
from enrollment.capture.positions import Position
from enrollment.capture.probing import Compared, asked_of
from enrollment.capture.wire import Message
from enrollment.errors import Code, Refusal

__all__ = ["answered", "made_of", "mixups_of", "page_of", "points_of", "question_of_fingers", "refusal_of", "seen_of"]


def answered(examiner: Examiner, question: Message) -> Message:
    """Ask the examiner what the question asks. KeyError and ValueError for a question that nobody asks."""
    head, parts = question.head, question.parts
    match head["ask"]:
        case "face":
            return _told(examiner.face(parts[0]))
        case "finger":
            return _told(examiner.finger(parts[0]))
        case "page":
            return _told(examiner.page(parts[0], int(head["least_side"])))
        case "mixups":
            return _told(examiner.mixups(_fingers(head, parts), float(head["rate"])))
        case "templates":
            return _told(examiner.templates(Position(head["position"]), parts[0], int(head["quality"])))
        case "picture":
            return _told(examiner.picture(parts[0], int(head["longest_side"])))
        case "portrait":
            return _told(examiner.portrait(parts[0], int(head["most_bytes"])))
        case "compare":
            return _told(examiner.compare(*asked_of(question)))
        case "ridge_points":
            return _told(examiner.ridge_points(parts[0]))
        case other:
            raise ValueError(other)


def question_of_fingers(fingers: tuple[Finger, ...], rate: float) -> Message:
    """The question about mix-ups."""
    called = [[finger.position.value, finger.impression] for finger in fingers]
    return Message({"ask": "mixups", "rate": rate, "fingers": called}, tuple(finger.content for finger in fingers))


def refusal_of(answer: Message) -> Refusal | None:
    """The refusal that an answer is, if it is one."""
    if "code" not in answer.head:
        return None
    return Refusal(Code(answer.head["code"]), str(answer.head["about"]))


def seen_of(answer: Message) -> Seen:
    """What was seen. KeyError, ValueError, TypeError where the answer is to another question."""
    head = answer.head
    return Seen(
        format=str(head["format"]),
        width=int(head["width"]),
        height=int(head["height"]),
        ppi=None if head["ppi"] is None else int(head["ppi"]),
        quality=int(head["quality"]),
        sound=bool(head["sound"]),
        algorithm=str(head["algorithm"]),
        hints=tuple(map(Hint, head["hints"])),
        parts=tuple((str(name), int(score)) for name, score in head["parts"]),
    )


def page_of(answer: Message) -> Page:
    """The page that was seen; raises as `seen_of`."""
    return Page(str(answer.head["format"]), int(answer.head["width"]), int(answer.head["height"]))


def mixups_of(answer: Message) -> tuple[Mixup, ...]:
    """The mix-ups that were found; raises as `seen_of`."""
    return tuple(Mixup(MixupKind(kind), int(index), int(other)) for kind, index, other in answer.head["mixups"])


def made_of(answer: Message) -> tuple[Made, ...]:
    """The templates that were made; raises as `seen_of`."""
    return tuple(
        Made(str(kind), str(engine), str(form), content)
        for (kind, engine, form), content in zip(answer.head["made"], answer.parts, strict=True)
    )


def points_of(answer: Message) -> RidgePoints:
    """The points of a finger; raises as `seen_of`."""
    points = (RidgePoint(int(x), int(y), int(angle), str(kind)) for x, y, angle, kind in answer.head["points"])
    return RidgePoints(int(answer.head["width"]), int(answer.head["height"]), tuple(points))


def _fingers(head: dict[str, Any], parts: tuple[bytes, ...]) -> tuple[Finger, ...]:
    return tuple(
        Finger(Position(position), int(impression), content)
        for (position, impression), content in zip(head["fingers"], parts, strict=True)
    )


def _told(
    found: Seen | Page | Compared | RidgePoints | tuple[Mixup, ...] | tuple[Made, ...] | bytes | Refusal,
) -> Message:
    match found:
        case Refusal():
            return Message({"code": found.code.value, "about": found.about})
        case Seen():
            return Message(
                {
                    "format": found.format, "width": found.width, "height": found.height, "ppi": found.ppi,
                    "quality": found.quality, "sound": found.sound, "algorithm": found.algorithm,
                    "hints": [hint.value for hint in found.hints], "parts": [list(part) for part in found.parts],
                }
            )  # fmt: skip
        case Page():
            return Message({"format": found.format, "width": found.width, "height": found.height})
        case Compared():
            return Message(asdict(found))
        case RidgePoints():
            points = [[one.x, one.y, one.angle, one.kind] for one in found.points]
            return Message({"width": found.width, "height": found.height, "points": points})
        case bytes():
            return Message({"picture": True}, (found,))
        case _:
            return _several(found)


def _several(found: tuple[Mixup, ...] | tuple[Made, ...]) -> Message:
    made = [item for item in found if isinstance(item, Made)]
    mixups = [[item.kind.value, item.index, item.other] for item in found if isinstance(item, Mixup)]
    return Message(
        {"made": [[item.kind, item.engine, item.format] for item in made], "mixups": mixups},
        tuple(item.content for item in made),
    )

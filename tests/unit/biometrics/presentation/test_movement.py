from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.presentation import parameters
from biometrics.presentation.detector import Action, Assessment, LandmarkFrame, Outcome, Presentation
from biometrics.presentation.movement import MovementChallenge, new_challenge

# An average head in millimetres, x to the person's left, y down, z away from the camera.
HEAD = np.array([[-31.5, -36, 0], [31.5, -36, 0], [0, 0, -30], [-27, 27, -7], [27, 27, -7]], np.float64)
PICTURE = HEAD * np.array([1.0, 1.0, 0.0])
RATE = 15.0
POSES = {Action.TURN_LEFT: (28.0, 0.0, 1.0), Action.TURN_RIGHT: (-28.0, 0.0, 1.0), Action.LOOK_UP: (0.0, 25.0, 1.0)}
CHALLENGE = (Action.TURN_LEFT, Action.COME_CLOSER, Action.LOOK_UP, Action.TURN_RIGHT)


def view(head: NDArray[np.float64], yaw: float, pitch: float, closer: float) -> NDArray[np.float64]:
    """The landmarks of `head` (millimetres) under a pose in degrees, seen from 600 mm divided by `closer`."""
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    # The head turns about the neck, behind and below the face.
    neck = np.array([0.0, 80.0, 90.0])
    turned = (head - neck) @ (about_y @ about_x).T + neck + np.array([0.0, 0.0, 600.0 / closer])
    return np.asarray(turned[:, :2] / turned[:, 2:] * 800.0 + np.array([320.0, 240.0]), np.float64)


def poses(actions: tuple[Action, ...], strength: float = 1.0) -> NDArray[np.float64]:
    """Yaw, pitch and closeness frame by frame: straight, to each pose and back, half a second a move."""
    straight = np.array([0.0, 0.0, 1.0])
    goals = [straight, straight]
    for action in actions:
        goal = np.array(POSES.get(action, (0.0, 0.0, 1.5)))
        reached = straight + strength * (goal - straight)
        goals += [reached, reached, straight, straight]
    steps = np.linspace(0.0, 1.0, round(RATE * 0.6), endpoint=False)[:, np.newaxis]
    return np.concatenate([a + steps * (b - a) for a, b in pairwise(goals)])


def track(
    actions: tuple[Action, ...],
    head: NDArray[np.float64] = HEAD,
    noise: float = 0.0,
    strength: float = 1.0,
    move: Callable[[int, NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> tuple[LandmarkFrame, ...]:
    """The track of someone who makes the movements; `noise` in pixels, `move` changes the points of a frame."""
    generator = np.random.default_rng(11)
    frames = []
    for place, (yaw, pitch, closer) in enumerate(poses(actions, strength)):
        points = view(head, yaw, pitch, closer) + generator.normal(0, noise, (5, 2))
        if move is not None:
            points = move(place, points)
        frames.append(LandmarkFrame(place / RATE, points.astype(np.float32)))
    return tuple(frames)


def judge(frames: tuple[LandmarkFrame, ...], challenge: tuple[Action, ...] = CHALLENGE) -> Assessment:
    """The built-in method's answer."""
    return MovementChallenge().assess(Presentation(track=frames, challenge=challenge))


def test_a_still_photograph_fails() -> None:
    """Landmarks that only tremble pass no challenge."""
    answer = judge(track(CHALLENGE, noise=0.5, strength=0.0))
    assert answer.outcome is Outcome.FAILED
    assert answer.measures["parallax_left"] < parameters.PARALLAX


@pytest.mark.parametrize("challenge", [CHALLENGE, (Action.TURN_LEFT,), (Action.LOOK_UP,), (Action.TURN_RIGHT,)])
def test_a_photograph_that_is_turned_and_tilted_fails(challenge: tuple[Action, ...]) -> None:
    """A flat picture that is moved through the very poses asked for shows no parallax."""
    assert judge(track(challenge, head=PICTURE)).outcome is Outcome.FAILED


def test_a_photograph_that_is_moved_about_fails() -> None:
    """Shifting, leaning and enlarging a picture is no movement of a head."""

    def wave(place: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        angle, scale = 0.4 * np.sin(place / 9), 1 + 0.5 * np.sin(place / 20)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return np.asarray((points - points.mean(axis=0)) @ turn.T + 200 + 2 * place, np.float64)

    assert judge(track(CHALLENGE, strength=0.0, move=wave)).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "made",
    [
        CHALLENGE[::-1],
        CHALLENGE[:3],
        (*CHALLENGE, Action.TURN_LEFT),
        (Action.TURN_RIGHT, *CHALLENGE[1:]),
        (*CHALLENGE[:2], CHALLENGE[3], CHALLENGE[2]),
    ],
)
def test_a_recording_of_other_movements_fails(made: tuple[Action, ...]) -> None:
    """Another order, one too few, one too many and a side exchanged are all not what was asked."""
    answer = judge(track(made))
    assert answer.outcome is Outcome.FAILED
    assert "other movements" in answer.reason


def test_pictures_exchanged_for_one_another_fail() -> None:
    """A row of photographs of the right poses jumps from one to the next."""
    shown: list[LandmarkFrame] = []
    for place, row in enumerate(poses(CHALLENGE)):
        held = row if any(np.allclose(row, goal) for goal in [*POSES.values(), (0, 0, 1), (0, 0, 1.5)]) else None
        points = view(HEAD, *held).astype(np.float32) if held is not None else shown[-1].landmarks
        shown.append(LandmarkFrame(place / RATE, points))
    answer = judge(tuple(shown))
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "the track jumps")


def test_a_start_in_mid_movement_fails() -> None:
    """Without a still, straight look first there is nothing to measure against."""
    frames = track(CHALLENGE)
    late = tuple(replace(frame, seconds=place / RATE) for place, frame in enumerate(frames[13:]))
    assert judge(late).outcome is Outcome.FAILED


def test_half_a_movement_fails() -> None:
    """Movements too small to be told from noise do not count."""
    assert judge(track(CHALLENGE, strength=0.3)).outcome is Outcome.FAILED


@pytest.mark.parametrize("noise", [0.0, 0.4, 0.8])
def test_the_movements_asked_for_pass(noise: float) -> None:
    """A head that makes them in their order passes, with the detector's trembling, and the figures are recorded."""
    answer = judge(track(CHALLENGE, noise=noise))
    assert (answer.outcome, answer.reason) == (Outcome.PASSED, "")
    assert (answer.method, answer.version) == ("movement-challenge", "1")
    assert answer.measures["parallax_left"] > parameters.PARALLAX
    assert answer.measures["closer"] > parameters.CLOSER_RATIO


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_only_its_own_challenge_passes(asked: int, made: int) -> None:
    """Of two random challenges the track of one passes the other exactly if they are the same."""
    challenge = new_challenge(np.random.default_rng(asked))
    movements = new_challenge(np.random.default_rng(made))
    expected = Outcome.PASSED if challenge == movements else Outcome.FAILED
    assert judge(track(movements, noise=0.3), challenge).outcome is expected
    assert judge(track(challenge, noise=0.3), challenge).outcome is Outcome.PASSED


def test_challenges_are_varied() -> None:
    """All 108 challenges come up, none has a movement twice in a row, and a seed repeats its own."""
    generator = np.random.default_rng(1)
    drawn = [new_challenge(generator) for _ in range(3000)]
    assert len(set(drawn)) == 108
    assert all(a is not b for challenge in drawn for a, b in pairwise(challenge))
    assert new_challenge(np.random.default_rng(9)) == new_challenge(np.random.default_rng(9))


def with_frame(frames: tuple[LandmarkFrame, ...], frame: LandmarkFrame) -> tuple[LandmarkFrame, ...]:
    """The track with its tenth frame replaced."""
    return (*frames[:10], frame, *frames[11:])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frames: frames[:0],
        lambda frames: frames[:10],
        lambda frames: frames[::-1],
        lambda frames: frames[:20] + frames[60:],
        lambda frames: with_frame(frames, replace(frames[10], seconds=float("nan"))),
        lambda frames: with_frame(frames, replace(frames[10], seconds=frames[9].seconds)),
        lambda frames: with_frame(frames, replace(frames[10], landmarks=np.full((5, 2), np.nan, np.float32))),
        lambda frames: with_frame(frames, replace(frames[10], landmarks=np.zeros((4, 2), np.float32))),
        lambda frames: with_frame(frames, replace(frames[10], landmarks=np.zeros((5, 2), np.float32))),
        lambda frames: with_frame(frames, replace(frames[10], landmarks=frames[10].landmarks * [-1, 1])),
        lambda frames: tuple(replace(frame, seconds=frame.seconds - 0.5) for frame in frames),
        lambda frames: tuple(replace(frame, seconds=frame.seconds * 4) for frame in frames),
    ],
    ids=[
        "empty", "short", "backwards", "hole", "no time", "same time", "nan", "four points", "one point", "mirrored",
        "before the challenge", "too long",
    ],
)  # fmt: skip
def test_unusable_tracks_are_not_judged(
    spoil: Callable[[tuple[LandmarkFrame, ...]], tuple[LandmarkFrame, ...]],
) -> None:
    """Bad material is neither passed nor failed nor an exception."""
    answer = judge(spoil(track(CHALLENGE)))
    assert answer.outcome is Outcome.NOT_JUDGED
    assert answer.reason


def _turned(landmarks: NDArray[np.float32], part: float) -> NDArray[np.float32]:
    """The landmarks turned about their middle by a part of a whole turn."""
    way = np.exp(2j * np.pi * part)
    middle = landmarks.mean(axis=0)
    away = (landmarks - middle) @ np.array([1, 1j]) * way
    return np.asarray(middle + np.stack([away.real, away.imag], axis=1), np.float32)


@pytest.mark.parametrize(
    "change",
    [
        lambda landmarks, number: _turned(landmarks, number / 2),
        lambda landmarks, _: landmarks.astype(np.float64) * 1e154,
        lambda landmarks, _: landmarks.astype(np.float64) * 1e-160,
        lambda landmarks, _: landmarks * np.float32(1e30),
    ],
    ids=["upside down", "overflow", "underflow", "giant"],
)
def test_neutral_frames_that_cancel_are_not_judged(
    change: Callable[[NDArray[np.float32], int], NDArray[np.float32]],
) -> None:
    """Each frame a face, together none, or of no size: such material is no reason to stop with an exception."""
    frames = tuple(
        replace(frame, landmarks=change(frame.landmarks, number)) for number, frame in enumerate(track(CHALLENGE))
    )
    assert judge(frames).outcome is Outcome.NOT_JUDGED


def test_without_a_challenge_nothing_is_judged() -> None:
    """Movements that nobody asked for prove nothing."""
    assert judge(track(CHALLENGE), ()).outcome is Outcome.NOT_JUDGED

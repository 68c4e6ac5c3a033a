"""Turns and shifts that lay one finger over the other: several hypotheses for each two, each from a supported seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.compatibility import Proposals
from biometrics.fingerprint.matching_parameters import MatchingParameters
from biometrics.fingerprint.stack import Stack

__all__ = ["Laid", "Motion", "Pairing", "bend", "hypothesise", "lay", "pair", "refit", "single"]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A turn (`cos`, `sin`) and then a shift (`dx`, `dy`, pixels), first finger onto second, float32 (P, H)."""

    cos: NDArray[np.float32]
    sin: NDArray[np.float32]
    dx: NDArray[np.float32]
    dy: NDArray[np.float32]

    def move(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Move places of the first finger, (P or 1, n), to (P, H, n)."""
        cos, sin = self.cos[:, :, None], self.sin[:, :, None]
        x, y = x[:, None, :], y[:, None, :]
        return cos * x - sin * y + self.dx[:, :, None], sin * x + cos * y + self.dy[:, :, None]

    def pick(self, which: NDArray[np.intp]) -> Motion:
        """Some of the hypotheses of each pair, by index (P, h)."""
        return Motion(*(np.take_along_axis(values, which, axis=1) for values in (self.cos, self.sin, self.dx, self.dy)))

    def join(self, other: Motion) -> Motion:
        """These hypotheses and then the other's."""
        mine, more = (self.cos, self.sin, self.dx, self.dy), (other.cos, other.sin, other.dx, other.dy)
        return Motion(*(np.concatenate(both, axis=1) for both in zip(mine, more, strict=True)))

    def inverse(self) -> Motion:
        """The motion from the second finger onto the first."""
        dx = -(self.cos * self.dx + self.sin * self.dy)
        dy = self.sin * self.dx - self.cos * self.dy
        return Motion(self.cos, -self.sin, dx, dy)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Minutiae of the first finger laid over the second: place and direction there, float32 (P, H, n)."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    cos: NDArray[np.float32]
    sin: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """Each first minutia's partner in the second finger, (P, H, n): index, and closeness (0: none, 1: exact)."""

    partner: NDArray[np.intp]
    closeness: NDArray[np.float32]

    def join(self, other: Pairing) -> Pairing:
        """These hypotheses' pairs and then the other's."""
        return Pairing(
            np.concatenate([self.partner, other.partner], axis=1),
            np.concatenate([self.closeness, other.closeness], axis=1),
        )


def _fit(weight: NDArray[np.float32], a: tuple[NDArray[np.float32], ...], b: tuple[NDArray[np.float32], ...]) -> Motion:
    """Weighted least squares motion: weight (P, H, k), places (P, H or 1, k)."""
    total = np.maximum(weight.sum(axis=-1), np.float32(1e-6))

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((weight * values).sum(axis=-1) / total, np.float32)

    ax, ay, bx, by = mean(a[0]), mean(a[1]), mean(b[0]), mean(b[1])
    along = mean(a[0] * b[0] + a[1] * b[1]) - (ax * bx + ay * by)
    across = mean(a[0] * b[1] - a[1] * b[0]) - (ax * by - ay * bx)
    length = np.hypot(along, across)
    sure = length > 1e-3
    cos = np.where(sure, along / np.maximum(length, 1e-3), 1).astype(np.float32)
    sin = np.where(sure, across / np.maximum(length, 1e-3), 0).astype(np.float32)
    return Motion(cos, sin, bx - (cos * ax - sin * ay), by - (sin * ax + cos * ay))


def hypothesise(proposals: Proposals, agree: NDArray[np.float32], parameters: MatchingParameters) -> Motion:
    """Motions of the best supported proposals that contradict each other, (P, H), the best first."""
    weight = proposals.weight
    support = np.matmul(agree, weight[:, :, None])[:, :, 0] * weight
    left = support.copy()
    rows = np.arange(len(left))
    votes = []
    for _ in range(parameters.hypotheses):
        seed = left.argmax(axis=1)
        behind = agree[rows, seed]
        behind[rows, seed] = 1
        votes.append(behind * support)
        left = np.where(behind > parameters.seed_exclusion, np.float32(0), left)
    p = proposals
    places = [values[:, None, :] for values in (p.ax, p.ay, p.bx, p.by)]
    return _fit(np.stack(votes, axis=1), (places[0], places[1]), (places[2], places[3]))


def single(proposals: Proposals) -> Motion:
    """The motion that each proposal tells by itself, (P, K)."""
    p = proposals
    return Motion(p.cos, p.sin, p.bx - (p.cos * p.ax - p.sin * p.ay), p.by - (p.sin * p.ax + p.cos * p.ay))


def lay(first: Stack, motion: Motion) -> Laid:
    """Move the minutiae of the first finger rigidly."""
    x, y = motion.move(first.x, first.y)
    cos = motion.cos[:, :, None] * first.cos[:, None] - motion.sin[:, :, None] * first.sin[:, None]
    sin = motion.sin[:, :, None] * first.cos[:, None] + motion.cos[:, :, None] * first.sin[:, None]
    return Laid(x, y, cos, sin)


def pair(first: Stack, second: Stack, laid: Laid, parameters: MatchingParameters) -> Pairing:
    """Pair minutiae that are each other's nearest in place and direction, within the limits."""
    x, y = laid.x, laid.y
    near = np.float32(1 / parameters.match_distance**2)
    turn = np.float32(2 / parameters.match_direction**2)
    # |a - b|^2 / d^2 + 2 (1 - cos) / t^2 as one matrix product.
    left = np.stack([(x * x + y * y) * near, np.ones_like(x), x, y, laid.cos, laid.sin], axis=-1)
    b = second
    away = np.where(b.quality > 0, turn, np.float32(1e6))
    square = (b.x * b.x + b.y * b.y) * near + away
    right = np.stack(
        [np.ones_like(b.x), square, b.x * (-2 * near), b.y * (-2 * near), b.cos * -turn, b.sin * -turn], axis=1
    )
    cost = np.matmul(left, right[:, None])
    partner = cost.argmin(axis=-1)
    back = cost.argmin(axis=-2)
    best = np.take_along_axis(cost, partner[..., None], axis=-1)[..., 0]
    mutual = np.take_along_axis(back, partner, axis=-1) == np.arange(x.shape[-1])
    closeness = np.where(mutual & (first.quality > 0)[:, None], 1 - 0.5 * best, 0)
    return Pairing(partner, np.maximum(closeness, 0).astype(np.float32))


def _partners(second: Stack, pairing: Pairing) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Places of the partners, (P, H, n)."""
    pairs, hypotheses, _ = pairing.partner.shape
    x, y = (
        np.take_along_axis(
            np.broadcast_to(values[:, None], (pairs, hypotheses, values.shape[-1])), pairing.partner, axis=-1
        )
        for values in (second.x, second.y)
    )
    return x, y


def refit(first: Stack, second: Stack, pairing: Pairing) -> Motion:
    """Fit the motion again to all paired minutiae."""
    return _fit(pairing.closeness, (first.x[:, None], first.y[:, None]), _partners(second, pairing))


def bend(first: Stack, second: Stack, laid: Laid, pairing: Pairing, parameters: MatchingParameters) -> Laid:
    """Shift each laid minutia as its paired neighbours, without itself, say the skin was stretched there."""
    x, y = _partners(second, pairing)
    gap = (first.x[:, :, None] - first.x[:, None, :]) ** 2 + (first.y[:, :, None] - first.y[:, None, :]) ** 2
    near = np.exp(gap * np.float32(-0.5 / parameters.bend_spread**2))
    near[:, np.arange(near.shape[1]), np.arange(near.shape[1])] = 0
    weight = pairing.closeness
    told = np.stack([weight, weight * (x - laid.x), weight * (y - laid.y)], axis=-1)
    told = np.matmul(near[:, None], told)
    sure = told[..., 0] + np.float32(parameters.bend_stiffness)
    return Laid(laid.x + told[..., 1] / sure, laid.y + told[..., 2] / sure, laid.cos, laid.sin)

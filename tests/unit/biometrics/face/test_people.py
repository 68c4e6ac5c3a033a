from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from biometrics.decoding.reader import SampleReader
from biometrics.face.detection import FaceChoice
from biometrics.face.engine import FaceEngine
from biometrics.face.template import FaceTemplate
from biometrics.sample import Sample


def test_people_are_told_apart(people: Path, engine: FaceEngine) -> None:
    """Of the first ten people with three images, no two images of different people are as alike as any of the same."""
    with (people / "manifest.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["dataset"] == "orl"]
    images: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        images[row["subject_id"]].append(row["path"])
    chosen = [(person, path) for person, paths in sorted(images.items())[:10] for path in paths[:3]]
    templates = []
    with SampleReader() as reader:
        for _, path in chosen:
            sample = reader.read((people / path).read_bytes())
            assert isinstance(sample, Sample)
            template = engine.extract(sample, choice=FaceChoice.PROMINENT)
            assert isinstance(template, FaceTemplate)
            templates.append(template.vectors[0])
    scores = np.stack(templates) @ np.stack(templates).T
    names = np.array([person for person, _ in chosen])
    same = names[:, np.newaxis] == names[np.newaxis]
    assert scores[same].min() > scores[~same].max()

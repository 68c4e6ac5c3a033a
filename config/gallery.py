"""Settings of the gallery: where its faces are kept when they do not fit a worker's own disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

if TYPE_CHECKING:
    from biometrics.identification.face_rows import FacePlace
    from enrollment.gallery import EpochKey

__all__ = ["GallerySettings"]


class GallerySettings(BaseSettings):
    """The part of the settings that is about searching people."""

    milvus_uri: str = Field(
        default="",
        description="Address of a Milvus service that keeps the faces all workers search (http(s)://host:port), where "
        "they are too many for a worker's disk. Needs requirements/milvus.lock.",
    )
    milvus_token: SecretStr = Field(default=SecretStr(""), description="Token, or user:password, of that service.")
    milvus_prefix: str = Field(
        default="wangov_faces",
        pattern="^[a-z][a-z0-9_]{0,39}$",
        description="Prefix of its collections there; they belong to one installation.",
    )

    engines_beside: str = Field(
        default="",
        description="Engines of other installed releases, by their names: ENGINE=/folder, several with commas. "
        "For a change of engine.",
    )

    @property
    def engine_folders(self) -> dict[str, Path]:
        """Where the other releases are, by the names of their engines; what is no pair is left out."""
        pairs = (item.strip().rpartition("=") for item in self.engines_beside.split(","))
        return {name: Path(folder) for name, _, folder in pairs if name and Path(folder).is_absolute()}

    def face_place(self, epoch: EpochKey) -> FacePlace | None:
        """Where the faces of an epoch are kept; None for the worker's own disk. Loads the engine: for workers."""
        if not self.milvus_uri:
            return None
        from biometrics.face.parameters import DIMENSIONS  # noqa: PLC0415 - web processes load no engine
        from biometrics.identification.milvus import FacesInMilvus  # noqa: PLC0415 - as above
        from biometrics.identification.rotation import derive_rotation  # noqa: PLC0415 - most have no such service

        rotation = derive_rotation(epoch.key, epoch.epoch, DIMENSIONS)
        return FacesInMilvus.at(self.milvus_uri, self.milvus_token.get_secret_value(), self.milvus_prefix, rotation)

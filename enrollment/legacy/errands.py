"""What is asked of workers for an import: names of jobs, whose argument is `batch_id`."""

from __future__ import annotations

__all__ = ["CHECK", "TAKE"]

CHECK = "import.check"
TAKE = "import.take"

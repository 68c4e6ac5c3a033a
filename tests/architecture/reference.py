"""Reference tables of the documents, made from the code: `python -m tests.architecture.reference`."""

import enum
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from config.settings import Settings
from enrollment.web.blueprints import table
from enrollment.web.floors import VIEWS
from tests.architecture import abuse
from tests.architecture.application import GOLDEN, built, route_table
from tests.architecture.tree import ROOT

CONFIGURATION = ROOT / "docs" / "configuration.md"
BEGIN = "<!-- settings: written by tests/architecture/reference.py -->"
END = "<!-- end of settings -->"


def settings_table() -> str:
    """One row per setting: variable, default, description."""
    rows = ["| Variable | Default | What it is |", "|---|---|---|"]
    prefix = str(Settings.model_config.get("env_prefix"))
    for name, field in Settings.model_fields.items():
        rows.append(f"| `{prefix}{name.upper()}` | {_default(field.default)} | {field.description or ''} |")
    return "\n".join(rows)


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "*required*"
    shown = value.value if isinstance(value, enum.Enum) else value
    secret = getattr(shown, "get_secret_value", None)
    shown = secret() if secret else shown
    if isinstance(shown, bool):
        return f"`{str(shown).lower()}`"
    return f"`{shown}`" if isinstance(shown, int | float | Path) or shown else "none"


def section(document: str) -> str:
    """What stands between the marks of a document."""
    _, _, rest = document.partition(BEGIN)
    return rest.partition(END)[0].strip()


def main() -> None:
    """Write the settings into docs/configuration.md, the page of abuse cases, the views by name, and the routes."""
    document = CONFIGURATION.read_text(encoding="utf-8")
    before, _, rest = document.partition(BEGIN)
    after = rest.partition(END)[2]
    CONFIGURATION.write_text(f"{before}{BEGIN}\n\n{settings_table()}\n\n{END}{after}", encoding="utf-8")
    abuse.write()
    VIEWS.write_text(table(), encoding="utf-8")
    with built() as app:
        GOLDEN.write_text(route_table(app), encoding="utf-8")


if __name__ == "__main__":
    main()

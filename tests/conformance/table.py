"""The table of docs/conformance.md, made from the tests that pytest collects: `python -m tests.conformance.table`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conformance.modules import EXPECTED, FORM_POST, MAY_BE_REFUSED, PROFILES, module_of

__all__ = ["DOCUMENT", "section"]

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "conformance.md"
BEGIN = "<!-- modules: written by tests/conformance/table.py -->"
END = "<!-- end of modules -->"
PASSES = "passes"
REFUSES = "permitted refusal"


@dataclass(slots=True, eq=False)
class _Collector:
    """A plugin of pytest that keeps what was collected, and what was not."""

    items: list[pytest.Item] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that could not be read, or that skips itself, hides its tests."""
        if not report.passed:
            self.faults.append(f"{report.nodeid}: {report.outcome}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep the tests."""
        self.items = session.items


@dataclass(frozen=True, slots=True)
class _Row:
    module: str
    profile: str
    result: str
    holds: str


def _rows(items: list[pytest.Item], faults: list[str]) -> list[_Row]:
    rows = []
    for item in items:
        function = getattr(item, "function", None)
        module = module_of(getattr(function, "__name__", ""))
        if module is None:
            continue
        parameter = item.name.partition("[")[2].removesuffix("]")
        listed = [profile for profile, modules in PROFILES.items() if module in modules]
        profile = parameter or next(iter(listed), "no profile")
        refuses = item.get_closest_marker("permitted_refusal") is not None
        if refuses and module not in MAY_BE_REFUSED:
            faults.append(f"{item.nodeid}: its profile permits no refusal")
        if {"skip", "skipif", "xfail"} & {marker.name for marker in item.iter_markers()}:
            faults.append(f"{item.nodeid}: may be skipped or fail")
        holds = " ".join((function.__doc__ or "").split()) if function else ""
        rows.append(_Row(module, profile, REFUSES if refuses else PASSES, holds))
    return rows


def _compared(rows: list[_Row], faults: list[str]) -> None:
    found = [(row.module, row.profile) for row in rows]
    faults += [f"{module} ({profile}): no test" for module, profile in sorted(EXPECTED - set(found))]
    faults += [f"{module} ({profile}): a test of no such module" for module, profile in sorted(set(found) - EXPECTED)]
    faults += [f"{one}: more than one test" for one in sorted(set(found)) if found.count(one) > 1]


def section() -> str:
    """The tables and their sums. Exits with the faults when tests and list of modules disagree."""
    collector = _Collector()
    plugins_off = [word for name in ("terminal", "cacheprovider", "xdist") for word in ("-p", f"no:{name}")]
    options = ["--collect-only", *plugins_off, "--override-ini", "addopts=--import-mode=importlib"]
    if pytest.main([*options, str(HERE)], plugins=[collector]) != pytest.ExitCode.OK:
        collector.faults.append("the tests cannot be collected")
    rows = _rows(collector.items, collector.faults)
    _compared(rows, collector.faults)
    if collector.faults:
        raise SystemExit("\n".join(collector.faults))
    return "\n".join([*_sums(rows), *_modules(rows)])


def _sums(rows: list[_Row]) -> list[str]:
    lines = ["| Profile | Modules | Pass | Permitted refusal |", "|---|---|---|---|"]
    for profile in PROFILES:
        results = [row.result for row in rows if row.profile == profile]
        lines.append(f"| {profile} | {len(results)} | {results.count(PASSES)} | {results.count(REFUSES)} |")
    return lines


def _modules(rows: list[_Row]) -> list[str]:
    lines = ["", "| Module | Profiles | Result | What the test holds |", "|---|---|---|---|"]
    for profile, modules in PROFILES.items():
        for module in modules if profile != FORM_POST else ():
            row = next(row for row in rows if (row.module, row.profile) == (module, profile))
            profiles = ", ".join(name for name in PROFILES if (module, name) in EXPECTED)
            reason = f" ({MAY_BE_REFUSED[module]})" if row.result == REFUSES else ""
            lines.append(f"| `{module}` | {profiles} | {row.result}{reason} | {row.holds} |")
    return lines


def main() -> None:
    """Write the table into the document, or print it (`--print`)."""
    made = section()
    if "--print" in sys.argv[1:]:
        print(made)
        return
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()

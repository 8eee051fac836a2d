"""JUnit's XML, as continuous integration reads it: one suite, a case for each thing checked.

The form is the one that Jenkins, GitLab and GitHub's actions agree on: testsuites, testsuite with
counts, testcase with a failure or an error in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was checked: ``failures`` say what was found wrong, ``error`` why not."""

    name: str
    where: str = ""
    """Its class name: the file that it comes from."""
    failures: Sequence[str] = ()
    error: str = ""


def xml(suite: str, cases: Sequence[Case]) -> str:
    """Return the report. It holds no time, so that equal results give equal bytes."""
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(bool(case.failures) for case in cases)),
        "errors": str(sum(bool(case.error) for case in cases)),
    }
    root = ET.Element("testsuites", counts)
    inner = ET.SubElement(root, "testsuite", {"name": _clean(suite), **counts, "skipped": "0"})
    for case in cases:
        name = {"name": _clean(case.name), "classname": _clean(case.where or suite)}
        row = ET.SubElement(inner, "testcase", name)
        if case.error:
            _told(row, "error", [case.error])
        elif case.failures:
            _told(row, "failure", case.failures)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _told(row: ET.Element, kind: str, lines: Sequence[str]) -> None:
    first = lines[0].splitlines()[0] if lines[0] else kind
    ET.SubElement(row, kind, {"message": _clean(first)}).text = _clean("\n".join(lines))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)

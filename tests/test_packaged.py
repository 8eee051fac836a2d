"""What is installed holds every file that the code reads: pages, data, icons, licences."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("package", ["bot", "adapters"])
def test_every_file_beside_the_code_is_packaged(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"][package]
    files = [path for path in (ROOT / package).rglob("*") if path.is_file()]
    beside = [path for path in files if "__pycache__" not in path.parts and path.suffix != ".py"]
    missing = [
        str(path.relative_to(ROOT))
        for path in beside
        if not any(fnmatch(f"/{path.relative_to(ROOT / package)}", f"*{p[2:]}") for p in patterns)
    ]
    assert beside
    assert missing == []

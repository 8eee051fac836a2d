"""What a command writes is there whole, for everybody who may read, or is as it was."""

from pathlib import Path

import pytest

from bot.commands import files
from bot.errors import BadConfig


def test_a_file_is_replaced_whole_and_may_be_read_as_any_other(tmp_path: Path) -> None:
    report, other = tmp_path / "report.html", tmp_path / "other.txt"
    other.write_text("", "utf-8")
    report.write_text("before", "utf-8")
    files.replace(report, "夜\n")
    assert report.read_bytes() == "夜\n".encode()
    assert report.stat().st_mode == other.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [other, report]


@pytest.mark.parametrize("name", ["missing/report.html", "file/report.html", "folder"])
def test_what_cannot_be_written_is_said_in_one_line_and_leaves_nothing(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("kept", "utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadConfig, match=r"--report .*: expected a file to write") as late:
        files.replace(tmp_path / name, "text", "--report")
    with pytest.raises(BadConfig, match=r"--report .*: expected a file to write"):
        files.writable(tmp_path / name, "--report")
    assert "\n" not in str(late.value)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["file", "folder"]

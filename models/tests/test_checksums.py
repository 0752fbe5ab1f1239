from hashlib import sha256
from pathlib import Path

import pytest

from checksums import check_sums, write_sums


@pytest.fixture
def summed(tmp_path: Path) -> Path:
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "manifest.json").write_text('{"name": "ranking"}')
    (tmp_path / "notes.txt").write_text("not summed")
    write_sums(tmp_path)
    return tmp_path


def test_sums_are_those_of_sha256sum(summed: Path):
    lines = (summed / "SHA256SUMS").read_text().splitlines()
    files = ("manifest.json", "model.json")
    assert lines == [f"{sha256((summed / name).read_bytes()).hexdigest()}  {name}" for name in files]


def test_unchanged_files_pass(summed: Path):
    (summed / "notes.txt").write_text("changed")
    check_sums(summed)


def test_names_the_file_that_is_wrong(summed: Path):
    (summed / "more.json").write_text("{}")
    with pytest.raises(ValueError, match="more.json is not the file"):
        check_sums(summed)
    (summed / "more.json").unlink()
    (summed / "model.json").write_text("{ }")
    with pytest.raises(ValueError, match="model.json is not the file"):
        check_sums(summed)
    (summed / "model.json").unlink()
    with pytest.raises(ValueError, match="model.json is missing"):
        check_sums(summed)
    (summed / "SHA256SUMS").unlink()
    with pytest.raises(ValueError, match="SHA256SUMS is missing"):
        check_sums(summed)


@pytest.mark.parametrize("folder", ["ranking/5", "propensity/4", "reference/1"])
def test_the_models_that_ship_are_those_that_were_summed_up(folder: str):
    check_sums(Path(__file__).parents[1] / folder)

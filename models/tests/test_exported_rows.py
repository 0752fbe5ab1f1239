import hashlib
from pathlib import Path

import numpy as np
import pytest

from exported_rows import Description, Rows, hash_of, name_of
from small_rows import rows_of, write_export


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    write_export(tmp_path, "ranking", ["customer", "moment", "price"], [[1, 0, 2.5], [1, 1, -0.1], [2, 2, np.nan]])
    return tmp_path


def test_reads_rows_one_after_another_in_the_order_of_the_columns(exported: Path):
    rows = Rows.read(exported, "ranking")
    assert len(rows) == 3
    assert rows["customer"].tolist() == [1, 1, 2]
    assert rows["price"].tolist()[:2] == [2.5, np.float32(-0.1)]
    assert np.isnan(rows["price"][2])


def test_gives_columns_in_the_order_that_is_asked_for(exported: Path):
    matrix = Rows.read(exported, "ranking").matrix(["moment", "customer"])
    assert matrix.tolist() == [[0, 1], [1, 1], [2, 2]]
    assert matrix.dtype == np.float32


def test_selects_rows_by_moment(exported: Path):
    rows = Rows.read(exported, "ranking")
    assert rows.last_moment == 2
    assert rows.before(2)["moment"].tolist() == [0, 1]
    assert rows.at(2)["moment"].tolist() == [2]
    assert len(rows.at(2).before(2)) == 0


def test_selects_rows_by_a_condition_and_keeps_the_columns():
    rows = rows_of(customer=[1, 2, 3], price=[10, 20, 30])
    assert rows.where(rows["price"] > 10)["customer"].tolist() == [2, 3]


def test_refuses_a_column_that_was_not_exported(exported: Path):
    with pytest.raises(ValueError, match="colour"):
        Rows.read(exported, "ranking")["colour"]


def test_refuses_a_file_that_was_cut_off(exported: Path):
    file = exported / "ranking.f32"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ValueError, match="reshape"):
        Rows.read(exported, "ranking")


def test_describes_the_export(exported: Path):
    description = Description(exported)
    assert description.columns == {"ranking": ["customer", "moment", "price"], "propensity": [], "pairs": []}
    assert description.kinds["price"] == "product"
    assert (description.dataset["seed"], len(description.moments)) == (7, 2)


def test_says_which_world_it_is_of(exported: Path):
    assert Description(exported).world == "demo 7"
    assert name_of({"source": "movielens", "seed": None}) == "movielens"


def test_a_hash_is_that_of_the_bytes_and_of_several_files_in_their_order(exported: Path):
    files = [exported / "ranking.f32", exported / "export.json"]
    one, other = (hashlib.sha256(file.read_bytes()) for file in files)
    assert hash_of(files[:1]) == one.hexdigest()
    assert hash_of(files) == hashlib.sha256(one.digest() + other.digest()).hexdigest()
    assert hash_of(files[::-1]) != hash_of(files)

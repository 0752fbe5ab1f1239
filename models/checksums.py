"""The sums beside a model, as `sha256sum` writes them: whoever reads it sees that nothing was cut, changed or mixed up."""

from hashlib import sha256
from pathlib import Path

SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Sums up every JSON and UBJSON file of the folder. Comes last: whatever changes a file has to write the sums anew."""
    files = summed_files(folder)
    (folder / SUMS).write_text("".join(f"{sum_of(file)}  {file.name}\n" for file in files))


def check_sums(folder: Path) -> None:
    """Raises ValueError that names the file which is missing, was changed, or has no sum."""
    path = folder / SUMS
    if not path.is_file():
        raise ValueError(f"{path} is missing")
    sums = dict(line.split("  ", 1)[::-1] for line in path.read_text().splitlines())
    for name in sorted({*sums, *(file.name for file in summed_files(folder))}):
        file = folder / name
        if not file.is_file():
            raise ValueError(f"{file} is missing")
        if sums.get(name) != sum_of(file):
            raise ValueError(f"{file} is not the file that {SUMS} was written for")


def summed_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.json"), *folder.glob("*.ubj")])


def sum_of(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()

"""The sums beside a model, as `sha256sum` writes them: whoever reads it sees that nothing was cut, changed or mixed up."""

from hashlib import sha256
from pathlib import Path

SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Sums up every JSON file of the folder. Comes last: whatever changes a file has to write the sums anew."""
    files = sorted(folder.glob("*.json"))
    (folder / SUMS).write_text("".join(f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files))

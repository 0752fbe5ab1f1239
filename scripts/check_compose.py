"""Reads a compose file as the Compose specification has it. Usage: check_compose.py FILE. Exits with 1 and a reason."""

import sys
from pathlib import Path

from compose_spec import PyCompose

try:
    PyCompose.from_yaml(Path(sys.argv[1]).read_text(encoding="utf-8")).validate()
except ValueError as error:
    sys.exit(f"{sys.argv[1]}: {error}")

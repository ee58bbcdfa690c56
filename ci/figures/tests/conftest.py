"""Makes the modules of ci/figures importable, as they are when it is run as a command."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

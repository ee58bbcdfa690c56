"""Makes the modules of ci/report importable with those of ci/matrix, as they are when it is run as a command."""

import sys
from pathlib import Path

CI = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CI / "report"), str(CI / "matrix")]

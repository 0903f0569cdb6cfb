"""Makes the package, and that of `scripts/train`, importable from anywhere."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent.parent
sys.path[:0] = [str(HERE), str(SCRIPTS), str(SCRIPTS / "train")]

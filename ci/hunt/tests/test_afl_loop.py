"""The loop of fuzz/replay/afl_loop.c under a real afl-fuzz: what ends a run is found and the next
input goes to a new process, and otherwise one process runs them all."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from engines import AFL_ENVIRONMENT

FUZZ = Path(__file__).resolve().parents[3] / "fuzz"
LOOP = FUZZ / "replay/afl_loop.c"
WRAP = ["-Wl,--wrap=__afl_persistent_loop", "-Wl,-u,__wrap___afl_persistent_loop"]

# Each process that runs inputs leaves its number.
TARGET = """
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int told;

  if (!told) {
    int file = open(getenv("WHO_RUNS"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    told = dprintf(file, "%d\\n", (int)getpid());
    close(file);
  }
  if (size > 0 && data[0] == 'c')
    abort();
  while (size > 0 && data[0] == 'h')
    usleep(1000);
  return 0;
}
"""


def run_afl(folder: Path) -> dict[str, str]:
    """What afl-fuzz says after four seconds, and under `processes` how many ran the inputs."""
    source = folder / "target.c"
    source.write_text(TARGET, encoding="utf-8")
    subprocess.run(["afl-clang-fast", "-O1", "-o", str(folder / "target"), str(source), str(LOOP),
                    *WRAP, "-fsanitize=fuzzer"], check=True, capture_output=True, timeout=120,
                   env={**os.environ, "AFL_LLVM_DENYLIST": str(FUZZ / "afl_uninstrumented.txt")})
    (folder / "in").mkdir()
    (folder / "in/a").write_bytes(b"aa")
    environment = {**os.environ, **AFL_ENVIRONMENT, "AFL_HANG_TMOUT": "100",
                   "WHO_RUNS": str(folder / "who")}
    subprocess.run(["afl-fuzz", "-S", "one", "-V", "4", "-s", "1", "-t", "100", "-m", "none",
                    "-i", str(folder / "in"), "-o", str(folder / "out"), "--",
                    str(folder / "target")], check=True, capture_output=True, timeout=120,
                   env=environment)
    said = dict(line.split(":", 1) for line in
                (folder / "out/one/fuzzer_stats").read_text(encoding="utf-8").splitlines())
    said["processes"] = str(len((folder / "who").read_text(encoding="utf-8").split()))
    return {name.strip(): value.strip() for name, value in said.items()}


@pytest.mark.skipif(shutil.which("afl-fuzz") is None, reason="afl-fuzz is not installed")
def test_loop(tmp_path: Path) -> None:
    said = run_afl(tmp_path)
    assert int(said["saved_crashes"]) >= 1
    assert int(said["saved_hangs"]) >= 1
    assert said["stability"] == "100.00%"
    # A new one for each that crashed or hung, hardly any besides.
    assert 2 < int(said["processes"]) < int(said["execs_done"]) / 5

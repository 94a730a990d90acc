"""The wheel works where no checkout is."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import palm_ual

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    # Nothing of this process may help the wheel: neither its path, nor its home.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UAL_"))
    }
    environment["XDG_STATE_HOME"] = str(cwd / "state")
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.timeout(300)
def test_a_wheel_runs_in_a_fresh_environment(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "dist", ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").iterdir()
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("palm_ual/grammar/ual.lark", "palm_ual/lang/ual_tables.bin", "palm_ual/py.typed"):
        assert names.count(needed) == 1, needed
    release = f"palm_ual-{palm_ual.__version__}"
    assert {name.partition("/")[0] for name in names} == {
        "palm_ual",
        f"{release}.data",
        f"{release}.dist-info",
    }
    assert [name for name in names if ".data/" in name] == [f"{release}.data/data/share/man/man1/ual.1"]

    run(sys.executable, "-m", "venv", tmp_path / "fresh", cwd=tmp_path)
    programs = tmp_path / "fresh" / "bin"
    run(programs / "pip", "install", "-q", wheel, cwd=tmp_path)
    assert palm_ual.__version__ in run(programs / "ual", "--version", cwd=tmp_path)
    assert "Total IUSD" in run(programs / "ual", "-c", "PALM STATUS", cwd=tmp_path)
    assert "buyer" in run(programs / "ual", "-c", "SHOW TYPES", cwd=tmp_path)
    assert run(programs / "python", "-m", "palm_ual", "--version", cwd=tmp_path)
    assert (
        (tmp_path / "fresh" / "share" / "man" / "man1" / "ual.1").read_text("ascii").startswith(".TH UAL 1 ")
    )
    assert "complete -F _ual ual" in run(programs / "ual", "--completions", "bash", cwd=tmp_path)

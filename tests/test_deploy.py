"""What deploy/ has, as the programs that read it judge it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def systemd(required):
    """The program of systemd that checks units; skips where it is not installed."""
    found = shutil.which("systemd-analyze")
    if found is None:
        assert not required, "systemd-analyze is not installed; Debian's package is systemd"
        pytest.skip("systemd-analyze is not installed; Debian's package is systemd")
    return found


@pytest.fixture
def unit(root, tmp_path):
    """The unit with a program that is there, for the one that it names is not."""
    text = (root / "deploy" / "merilo.service").read_text("utf-8")
    installed = "/opt/merilo/.venv/bin/merilo"
    assert text.count(installed) == 1
    path = tmp_path / "merilo.service"
    path.write_text(text.replace(installed, str(Path(sys.executable).parent / "merilo")), "utf-8")
    return path


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)


def test_systemd_takes_the_unit(systemd, unit):
    done = run(systemd, "verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_tell_of_a_slip(systemd, unit):
    unit.write_text(unit.read_text("utf-8").replace("ProtectClock=yes", "ProtectClok=yes"), "utf-8")
    assert "ProtectClok" in run(systemd, "verify", "--man=no", unit).stderr


def test_the_unit_gives_a_service_little(systemd, unit):
    """The exposure that systemd counts, of 10, stays below 2.5."""
    done = run(systemd, "security", "--offline=true", "--threshold=25", unit)
    assert done.returncode == 0, done.stdout


def instruction(root, name):
    text = (root / "deploy" / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    return re.findall(rf"^{name} (.+)$", text, re.M)


def test_the_image_is_made_of_what_is_there(root):
    sent = (root / ".dockerignore").read_text("utf-8").splitlines()
    for line in instruction(root, "COPY"):
        *sources, _ = line.split()
        if not line.startswith("--from"):
            assert all((root / source).exists() for source in sources), line
            assert {f"!{source}" for source in sources} <= set(sent), line
    assert instruction(root, "USER") == ["merilo"]


def test_the_check_of_the_image_tells_a_service_that_answers(root, served):
    (line,) = instruction(root, "HEALTHCHECK")
    _, *code = json.loads(line.partition("CMD ")[2])
    for port, works in ((served.rpartition(":")[2], True), ("1", False)):
        done = subprocess.run([sys.executable, *code], env=os.environ | {"MERILO_PORT": port}, capture_output=True)
        assert (done.returncode == 0) is works, done.stderr

"""What the READMEs say is done here for real: their commands, their Python, their tables, their links."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from model.post import IDENTITY
from model.score import CHECKLIST, ROW, STATUSES, TYPES

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.ru.md")
ADDRESS = "127.0.0.1:8000"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", read(name), re.M | re.S)


def commands(name):
    """Commands of console blocks: lines after `$ `, with those they run on to; comments cut off."""
    found = []
    for block in blocks(name, "console"):
        for line in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.M):
            found.append(re.sub(r"\s+# .*$", "", line))
    return found


def every(*programs):
    """The commands of both READMEs that begin with one of the programs, each once, with its Latin letters as id."""
    found = dict.fromkeys(command for name in READMES for command in commands(name) if command.split()[0] in programs)
    return [pytest.param(command, id=" ".join(re.findall(r"[!-~]*[a-z][!-~]*", command))) for command in found]


@pytest.fixture
def desk(tmp_path):
    """A folder that looks like the project's, to run commands in."""
    for package in ("model", "training", "service"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "build").mkdir()
    return tmp_path


def shell(command, folder):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.mark.parametrize("command", every("merilo", "echo"))
def test_command_runs(command, desk):
    done = shell(command, desk)
    assert done.returncode == 0, done.stderr
    for written in re.findall(r"-o (\S+)", command):
        assert (desk / written).stat().st_size


@pytest.mark.parametrize("command", every("curl"))
def test_request_is_answered(command, served, tmp_path):
    if shutil.which("curl") is None and os.environ.get("CI") != "true":
        pytest.skip("curl is not installed")
    assert ADDRESS in command
    done = shell(command.replace("curl ", "curl --fail-with-body ", 1).replace(ADDRESS, served), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", dict.fromkeys(block for name in READMES for block in blocks(name, "python")))
def test_python_runs(code, desk, monkeypatch, capsys):
    monkeypatch.chdir(desk)
    exec(compile(code, "README", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", every("python"))
def test_training_takes_the_options_it_is_shown_with(command):
    module, verb = re.match(r"python -m (\S+) (\S+)", command).groups()
    told = subprocess.run([sys.executable, "-m", module, verb, "--help"], capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stderr
    for option in re.findall(r" (--[\w-]+)", command):
        assert option in told.stdout


@pytest.mark.parametrize("command", every("make"))
def test_make_knows_the_target(command, root):
    targets = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M)
    assert {word for word in command.split()[1:] if "=" not in word} <= set(targets)


def test_no_command_is_left_out():
    run = {"merilo", "echo", "curl", "make", "python"}
    rest = {command for name in READMES for command in commands(name) if command.split()[0] not in run}
    assert rest == {"source .venv/bin/activate"}


def test_both_languages_show_the_same_code():
    assert commands("README.md") == commands("README.ru.md")
    assert blocks("README.md", "python") == blocks("README.ru.md", "python")
    sections = [len(re.findall(r"^## ", read(name), re.M)) for name in READMES]
    assert sections[0] == sections[1]


def tables(name):
    """Of every table, the names in backticks in its first column."""
    found = re.findall(r"^\|[-|]+\|\n((?:\|.*\n)+)", read(name), re.M)
    return [[word for row in rows.splitlines() for word in re.findall(r"`(\w+)`", row.split("|")[1])] for rows in found]


@pytest.mark.parametrize("name", READMES)
@pytest.mark.parametrize(
    "expected", [(*IDENTITY, *ROW, "error"), STATUSES, TYPES, CHECKLIST], ids=lambda names: names[0]
)
def test_table_lists_what_there_is(name, expected):
    assert list(expected) in tables(name)


@pytest.mark.parametrize("name", READMES)
def test_figures_are_those_of_the_shipped_model(name):
    metrics = json.loads((ROOT / "model" / "pretrained" / "metrics.json").read_text("utf-8"))
    figures = [[f"{row[key]:.3f}" for key in ("value", "low", "high")] for row in metrics["headline"] if row["low"]]
    shown = [
        found.replace(",", ".").split() for found in re.findall(r"\d[.,]\d{3} \(\d[.,]\d{3}–\d[.,]\d{3}\)", read(name))
    ]
    assert len(shown) >= 6
    assert all([value, *interval.strip("()").split("–")] in figures for value, interval in shown)


@pytest.mark.parametrize("name", READMES)
def test_simple_ways_are_those_of_the_report(name):
    metrics = json.loads((ROOT / "model" / "pretrained" / "metrics.json").read_text("utf-8"))
    _, length, lemmas = metrics["baselines"]
    rows = re.findall(r"\) \| (\d[.,]\d{3}) \| (\d[.,]\d{3}) \|", read(name))
    shown = ("usefulness_left_out", "usefulness_later", "likes_later", "likes_left_out")
    assert [[float(figure.replace(",", ".")) for figure in row] for row in rows] == [
        [round(lemmas[key], 3), round(length[key], 3)] for key in shown
    ]


@pytest.mark.parametrize("name", READMES)
def test_what_a_stage_buys_is_what_the_report_measured(name):
    metrics = json.loads((ROOT / "model" / "pretrained" / "metrics.json").read_text("utf-8"))
    measured = {(f"{row['whole']:.3f}", f"{row['without']:.3f}") for row in metrics["ablation"]}
    shown = re.findall(r"(\d[.,]\d{3}) → (\d[.,]\d{3})", read(name))
    assert len(shown) == 8
    assert {tuple(figure.replace(",", ".") for figure in both) for both in shown} <= measured


@pytest.mark.parametrize("name", ["README.md", "README.ru.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_link_leads_somewhere(name):
    text = read(name)
    slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in slugs, target
        elif "://" not in target:
            assert (ROOT / target).is_file(), target

"""What docs/operations.md says of upgrades is so: its commands are run, there and back, with data in the tables.

`systemctl` and `pip` are stand-ins: the first starts and stops `merilo serve`, the second notes what it was told
to install. The version of before is what its tables are: those of an older revision.
"""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text

from model import Post, Score
from model.score import CHECKLIST
from service.store import Selection, Store, feedback, keys, migration, scores

OLD = "0003"

SYSTEMCTL = """#!/bin/bash
if [ "$1" = stop ]; then
    [ ! -e pid ] || { kill -TERM "$(cat pid)"; tail --pid="$(cat pid)" -f /dev/null; rm pid; }
elif [ "$(cat installed 2>/dev/null)" = new ]; then
    "$PROGRAM" serve --port "$PORT" >>log 2>&1 &
    echo $! >pid
fi
"""

PIP = """#!/bin/bash
echo "$2" >installed
"""


def put(number):
    score = Score(*[float(number)] * 8, 0, "ad", dict.fromkeys(CHECKLIST, True), "ok", "m1")
    return Post("Пост", "vk", "1", "Школа", "школа", str(number), "2026-03-12T10:00:00Z", likes=number), score


def commands(root, database):
    """The commands of the way there and of the way back, those for this kind of database."""
    page = (root / "docs" / "operations.md").read_text(encoding="utf-8").split("## Backup, restore, upgrade")[1]
    blocks = re.findall(r"```console\n(.*?)```", page.split("\n## ")[0], re.S)
    other = "$DATABASE" if database.startswith("sqlite") else '"$FILE'
    there, back = ([line[2:] for line in block.splitlines() if other not in line] for block in blocks)
    return there, back


@pytest.fixture
def machine(tmp_path, database):
    """A folder with stand-ins, and the environment that commands run in."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("systemctl", SYSTEMCTL), ("pip", PIP)):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))[-1:]
    found = os.pathsep.join(map(str, (programs, Path(sys.executable).parent, *servers, os.environ["PATH"])))
    told = {
        **os.environ, "PATH": found, "PORT": port, "PROGRAM": str(Path(sys.executable).parent / "merilo"),
        "NEW": "new", "OLD": "old", "FILE": database.removeprefix("sqlite:///"), "DATABASE": database,
        "MERILO_DATABASE_URL": database, "MERILO_ARCHIVES": str(tmp_path / "archives"),
    }  # fmt: skip
    yield tmp_path, told
    subprocess.run([programs / "systemctl", "stop"], cwd=tmp_path, env=told, check=True)


def follow(lines, folder, told):
    for line in lines:
        line = line.replace("/opt/merilo/.venv/bin/pip", "pip").replace(":8000", f":{told['PORT']}")
        done = subprocess.run(["bash", "-c", line], cwd=folder, env=told, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (line, done.stderr)


def rows(store):
    with store._engine.connect() as connection:  # a connection of the store itself would bring the tables up to date
        found = connection.execute(text("SELECT post, model, usefulness FROM scores ORDER BY post, model")).all()
        return found, migration.revision(connection)


def test_there_and_back(root, database, machine):
    folder, told = machine
    there, back = commands(root, database)
    assert any("before" in line for line in there)
    with Store.open(database) as store:
        store.add(put(number) for number in range(30))
        with store.writing() as connection:
            keys.add(connection, "панель", "read", "0" * 64)
            feedback.add(connection, "0" * 64, "эксперт", grade=3)
        with store.reading() as connection:
            whole = scores.read(connection, Selection(), limit=1000).rows
        migration.downgrade(store._engine, OLD)
        before = rows(store)
    assert before[1] == OLD
    (folder / "archives").mkdir()
    (folder / "archives" / "one").write_text("архив")

    follow(there, folder, told)
    assert (folder / "installed").read_text() == "new\n"
    with Store.open(database) as store:
        assert rows(store)[1] != OLD
        with store.reading() as connection:
            assert scores.read(connection, Selection(), limit=1000).rows == whole
            assert [key.name for key in keys.read(connection)] == ["панель"]
    asked = urllib.request.Request(
        f"http://127.0.0.1:{told['PORT']}/v1/score?store=true",
        json.dumps({"posts": [{"text": "Завтра не будет воды"}]}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.loads(answer.read())["stored"] == 1
    (folder / "archives" / "two").write_text("архив")

    follow(back, folder, told)
    assert (folder / "installed").read_text() == "old\n"
    store = Store(database)
    assert rows(store) == before
    store.close()
    assert [path.name for path in (folder / "archives").iterdir()] == ["one"]

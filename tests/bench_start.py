"""How long one waits before anything is done: a cold start beside the import of well-known libraries.

The programs are started in turn, each as a process of its own. The first start of each is not
counted: it writes the byte code and brings the files from the disk. The least of the times is
taken, for a start is only ever slowed down.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_ground import PROGRAMS, Bound, describe, hold_threads, judge

POST = {"text": "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"}

# How many times as long as the imports alone a program may take.
SCORE, HELP = 1.0, 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how many times each is started (7)")
    rounds = parser.parse_args().rounds
    hold_threads()
    print(describe(), flush=True)
    with tempfile.TemporaryDirectory(prefix="merilo-bench-") as folder:
        source = Path(folder, "post.jsonl")
        source.write_text(json.dumps(POST, ensure_ascii=False) + "\n", encoding="utf-8")
        merilo, python = str(PROGRAMS / "merilo"), sys.executable
        commands = {
            "merilo score of one post": [merilo, "score", str(source), "-o", str(Path(folder, "scores.jsonl"))],
            "import sklearn, pandas": [python, "-c", "import sklearn, pandas"],
            "merilo --help": [merilo, "--help"],
            "import typer, rich": [python, "-c", "import typer, rich"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                if number:
                    times[name].append(time.perf_counter() - start)
    least = {name: min(found) for name, found in times.items()}
    for name, found in times.items():
        print(f"{name:<26}{least[name]:>7.2f} s   to {max(found):.2f} s")
    print()
    one, imports, told, terminal = least.values()
    return judge(
        [
            Bound("merilo score of one post to import sklearn, pandas", one / imports, most=SCORE),
            Bound("merilo --help to import typer, rich", told / terminal, most=HELP),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

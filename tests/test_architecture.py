"""Facts about the tree that a careless change would break in silence."""

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import model

PACKAGES = ("model", "training", "service")


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lock(root):
    return (root / "requirements.lock").read_text(encoding="utf-8")


def canonical(name):
    """PEP 503: `import_linter`, `Import-Linter` and `import-linter` are one name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement):
    return canonical(re.match(r"[\w.-]+", requirement).group())


def sources(root):
    return [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]


def test_version_has_one_source(root, project):
    assert "version" not in project["project"]
    assert "version" in project["project"]["dynamic"]
    assert version("merilo") == model.__version__
    holders = [path for path in sources(root) if re.search(r"^__version__ =", path.read_text("utf-8"), re.M)]
    assert holders == [root / "model" / "__init__.py"]


def test_changelog_knows_the_version(root):
    assert f"## {model.__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_project_cannot_be_uploaded_by_mistake(project):
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_lock_names_no_address(lock):
    assert not re.search(r"://|index-url|find-links|trusted-host|^\s*-(?!-hash)", lock, re.M)


def test_lock_has_hashes_for_every_package(lock):
    pins = re.split(r"\n(?=\S)", lock.strip())
    assert pins
    for pin in pins:
        assert re.match(r"[\w.-]+==[\w.!+-]+( ; .+?)? \\\n", pin), pin.splitlines()[0]
        assert "--hash=sha256:" in pin


def test_lock_holds_whatever_pyproject_asks_for(project, lock):
    locked = {named(line) for line in lock.splitlines() if line[:1].isalnum()}
    extras = project["project"]["optional-dependencies"].values()
    asked = {named(line) for part in (project["project"]["dependencies"], *extras) for line in part} - {"merilo"}
    assert asked <= locked


def test_installed_packages_are_the_locked_ones(project, lock):
    locked = dict(re.findall(r"^([\w.-]+)==([^ ]+)(?: \\| ;)", lock, re.M))
    for requirement in project["project"]["dependencies"]:
        name, marker = named(requirement), Requirement(requirement).marker
        if marker is not None and not marker.evaluate():
            continue
        assert version(name) == locked[name], f"{name}: make install"


def test_everything_that_is_imported_is_asked_for(root, project):
    """A package that comes only with another one leaves with it."""
    modules = {"scikit-learn": "sklearn", "backports-zstd": "backports"}
    asked = {canonical(modules.get(named(line), named(line))) for line in project["project"]["dependencies"]}
    asked.add("compression")  # of Python itself since 3.14
    extras = project["project"]["optional-dependencies"]
    trained = asked | {named(line) for line in extras["train"]}
    clustered = asked | {named(line) for line in extras["cluster"]}
    for path in sources(root):
        place = path.relative_to(root)
        allowed = trained if place.parts[0] == "training" else clustered if place.stem == "cluster" else asked
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            else:
                continue
            tops = {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names) - set(PACKAGES)
            assert {canonical(top) for top in tops} <= allowed, f"{path.relative_to(root)}:{node.lineno}"


def test_modules_are_nouns(root):
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "core", "tools"}
    assert not [path for path in sources(root) if path.stem in vague]


def test_no_identifier_is_cyrillic(root):
    """Russian words are data, never names."""
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in ("name", "id", "arg", "attr"):
                value = getattr(node, name, None)
                assert not isinstance(value, str) or value.isascii(), f"{path.relative_to(root)}: {value}"


def test_tests_are_flat(root):
    """A tests/model/__init__.py would stand before the real `model`."""
    assert not list((root / "tests").rglob("__init__.py"))
    assert not [path for path in (root / "tests").rglob("test_*.py") if path.parent != root / "tests"]


def test_shipped_model_is_small(root):
    folder = root / "model" / "pretrained"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 10 * 2**20


def test_shipped_model_is_described(root):
    folder = root / "model" / "pretrained"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"id", "protocol", "trained_at"} <= manifest.keys()
    assert (folder / "card.md").is_file()
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def notebooks():
    return sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_notebook_defines_nothing_and_keeps_no_output(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert not cell["outputs"]
        assert cell["execution_count"] is None
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        assert not [node for node in ast.walk(ast.parse("".join(cell["source"]))) if isinstance(node, defined)]

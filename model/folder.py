"""A model is a folder: a manifest, joblib files, a card, the figures of its report.

joblib files run code when they are loaded. Before one is opened the manifest is checked
in this order: protocol, then the sha256 of every file, then library versions. That guards
against damage and mix-ups, not against malice: load only folders whose origin you trust.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

# The layout of a folder and the meaning of its arrays. Bump it when an older reader would
# misread a newer folder or a newer reader an older one, and say so in CHANGELOG.md.
PROTOCOL = 4

# Releases (major.minor) that must be those the model was saved with: its arrays are pickled objects of theirs.
PINNED = ("numpy",)

MANIFEST = "manifest.json"
HEADS = "heads.joblib"
WORDS = "words.bin"

PRETRAINED = Path(__file__).parent / "pretrained"


class ModelError(Exception):
    """A model folder that must not be loaded; `code` names the reason, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Contents:
    """What a checked folder holds."""

    manifest: dict[str, Any]
    parts: dict[str, Any]
    words: bytes


def save(folder: Path, manifest: dict[str, Any], parts: dict[str, Any], words: bytes, texts: dict[str, str]) -> None:
    """Write a model folder; `texts` are its readable files (card.md, metrics.json) by name.

    The manifest is written last, so a folder cut short has none or an old one that no
    longer fits, and is refused.
    """
    import joblib

    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    joblib.dump(parts, folder / HEADS, compress=("zlib", 6))  # xz saves a twentieth and is read seven times as long
    (folder / WORDS).write_bytes(words)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    full = {
        "protocol": PROTOCOL,
        **manifest,
        "versions": {name: version(name) for name in PINNED},
        "files": {name: _digest(folder / name) for name in sorted([HEADS, WORDS, *texts])},
    }
    _write_manifest(folder, full)


def rewrite_texts(folder: Path, texts: dict[str, str]) -> None:
    """Write readable files of a model folder anew; nothing that scores changes. Raises ModelError."""
    manifest = _read_manifest(folder)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        manifest["files"][name] = _digest(folder / name)
    _write_manifest(folder, manifest)


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read(folder: Path) -> Contents:
    """Check a folder and read it.

    Raises ModelError: `model_missing`, `model_damaged`, `model_protocol`, `model_versions`.
    """
    manifest = check(folder)
    return Contents(manifest, _unpickle(folder / HEADS), (folder / WORDS).read_bytes())


def check(folder: Path) -> dict[str, Any]:
    """Check a folder without running anything in it; its manifest. Raises ModelError as `read` does."""
    manifest = _read_manifest(folder)
    _check_protocol(manifest)
    _check_files(folder, manifest)
    _check_versions(manifest)
    return manifest


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ModelError(
            "model_missing",
            f"В папке {folder} нет модели ({MANIFEST}). Укажите папку модели или обучите её: make train.",
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(
            "model_damaged", f"Не читается {folder / MANIFEST}: {error}. Скопируйте папку заново."
        ) from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ModelError("model_damaged", f"{folder / MANIFEST} не похож на описание модели. Скопируйте папку заново.")
    return manifest


def _check_protocol(manifest: dict[str, Any]) -> None:
    found = manifest.get("protocol")
    if found != PROTOCOL:
        raise ModelError(
            "model_protocol",
            f"Модель записана по протоколу {found}, эта версия Merilo читает протокол {PROTOCOL}. "
            "Обучите модель заново (make train) или поставьте ту версию Merilo, которой она записана.",
        )


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    for name in (HEADS, WORDS):
        if name not in manifest["files"]:
            raise ModelError("model_damaged", f"В описании модели нет файла {name}. Скопируйте папку модели заново.")
    for name, expected in manifest["files"].items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise ModelError("model_damaged", f"В папке модели нет файла {name}. Скопируйте папку заново.")
        if _digest(path) != expected:
            raise ModelError(
                "model_damaged",
                f"Файл модели {name} изменён или повреждён: контрольная сумма не та. "
                "Не загружайте его; скопируйте папку заново из надёжного источника.",
            )


def _check_versions(manifest: dict[str, Any]) -> None:
    saved = manifest.get("versions")
    for name in PINNED:
        wanted = saved.get(name) if isinstance(saved, dict) else None
        if not isinstance(wanted, str):
            raise ModelError("model_damaged", f"В описании модели не названа версия {name}. Скопируйте папку заново.")
        if _release(wanted) != _release(version(name)):
            raise _other_version(name, wanted, version(name))


def _other_version(name: str, wanted: str, installed: str) -> ModelError:
    return ModelError(
        "model_versions",
        f"Модель записана с {name} {wanted}, здесь стоит {installed}. "
        f"Поставьте {name}=={wanted} или обучите модель заново (make train).",
    )


def _release(text: str) -> list[str]:
    return text.split(".")[:2]


def _unpickle(path: Path) -> dict[str, Any]:
    import joblib

    parts = joblib.load(path)
    if not isinstance(parts, dict):
        raise ModelError("model_damaged", f"{path.name} не содержит частей модели. Скопируйте папку заново.")
    return parts


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

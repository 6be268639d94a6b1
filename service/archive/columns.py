"""Columns of tables: the names that people and programs give to the canonical fields, and rows under them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, repeat
from typing import Any

from model.post import FIELDS
from service import counts
from service.archive.encoding import BROKEN
from service.dates import is_understood, iso

# A key is a field of model.Post, or `link`, which tells whose the post is.
# The first alias of a field that a table has is taken, so the surest stand first.
ALIASES = {
    "text": "текст|текст поста|текст публикации|текст записи|текст сообщения|пост|публикация|сообщение|запись"
    "|содержание|содержимое|описание|контент|text|post text|message|post|content|body|caption|full text|description",
    "date": "дата|дата публикации|дата и время|дата время|дата поста|дата выхода|опубликовано|когда|date|datetime"
    "|date time|published|published at|publication date|created|created at|created time|posted at|timestamp|время|time",
    "likes": "лайки|лайков|лайк|нравится|реакции|реакций|likes|like|like count|likes count|favorites|reactions"
    "|reactions count",
    "comments": "комментарии|комментариев|комменты|комментарий|comments|comment|comment count|comments count|replies",
    "reposts": "репосты|репостов|репост|поделились|поделиться|пересылки|пересылок|reposts|repost|repost count"
    "|reposts count|shares|share|share count|shares count|forwards|retweets",
    "views": "просмотры|просмотров|просмотр|views|view|view count|views count",
    "page_name": "страница|название страницы|имя страницы|сообщество|название сообщества|группа|название группы|паблик"
    "|канал|название канала|источник|page name|page|group name|group|channel name|channel|community|source name",
    "page_id": "id страницы|id группы|id сообщества|id канала|page id|owner id|group id|channel id|public id|from id",
    "page_kind": "page kind",
    "post_id": "id поста|id публикации|id записи|номер поста|post id|message id|id",
    "platform": "соцсеть|социальная сеть|платформа|площадка|сеть|platform|network|social network",
    "followers": "подписчики|подписчиков|followers|followers count|subscribers|subscribers count",
    "form": "form",
    "link": "ссылка|ссылка на пост|ссылка на публикацию|адрес|url|link|permalink|post url|post link",
}

_BY_ALIAS = {alias: (field, rank) for field, names in ALIASES.items() for rank, alias in enumerate(names.split("|"))}

# Rates of engagement, which nobody here reads: they are the user's own and no riddle.
OTHERS = frozenset(
    ["er", "erpost", "er post", "erview", "er view", "erv", "err", "вовлеченность", "коэффициент вовлеченности"]
    + ["engagement rate"]
)

# Which column a user named for a field.
Wanted = tuple[tuple[str, str], ...]

# A first row that has so many letters in one cell names no columns.
_SENTENCE = 20

# Titles may stand above the header.
HEADER_WITHIN = 20

_QUANTITY = re.compile(r"^(?:количество|кол во|число|всего|total|number of|num)\s+")
_SEPARATORS = re.compile(r"[\s_\-.,:/\\#№*()\"']+")

_VK_LINK = re.compile(r"vk\.(?:com|ru)/(?:.*[?&]w=)?wall(-?\d+)_(\d+)")
_TELEGRAM_LINK = re.compile(r"(?:t\.me|telegram\.me)/(?:s/)?(?:c/)?(\w+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the fields stand: `fields` are column numbers by field.

    `names` are those of all columns, each its own; `rows` is how many rows to pass by, the
    header included; `twins` are the columns that claim to be the one with the texts; `sheet` is
    that of a workbook. A table without a header is `nameless`: its names are ours.
    """

    fields: Mapping[str, int]
    names: tuple[str, ...]
    rows: int
    twins: list[str]
    sheet: str = ""
    nameless: bool = False

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.names)

    def own(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The cells of a row by the names of their columns, as they lie there."""
        return dict(zip(self.names, chain(cells, repeat("")), strict=False))


def find_header(rows: Iterable[Sequence[str]], wanted: Wanted = ()) -> Header | None:
    """Find the header among the first rows: the one with the most known columns, the text among them.

    `wanted` are columns that the user named: they go before all others.

    >>> find_header([["Отчёт за март"], ["Дата", "Текст"], ["12.03.2026", "Завтра не будет воды"]])
    Header(fields={'date': 0, 'text': 1}, names=('Дата', 'Текст'), rows=2, twins=['Текст'], sheet='', nameless=False)
    """
    best = None
    for passed, names in enumerate(islice(rows, HEADER_WITHIN), 1):
        fields = match(names, wanted)
        if "text" in fields and (best is None or len(fields) > len(best.fields)):
            best = Header(fields, name_columns(names), passed, twins(names, fields["text"], wanted))
    return best


def find_nameless(rows: Sequence[Sequence[str]], wanted: Wanted = ()) -> Header | None:
    """The header that a table lacks, where its first row is a post already: the texts are the longest cells.

    Nearly all rows are of one width, none of the first names is known, and beside the texts stand
    dates, counts or links: prose is no table.

    >>> find_nameless([["12.03.2026", "Завтра на улице Садовой не будет воды"]]).fields
    {'text': 1}
    """
    width = len(rows[0]) if rows else 0
    whole = [row for row in rows if len(row) == width]
    if width < 2 or len(whole) < 0.8 * len(rows) or any(map(match, rows[:HEADER_WITHIN])):
        return None
    text = max(range(width), key=lambda at: sum(len(row[at]) for row in whole))
    told = [at for at in range(width) if at != text and _tells(whole[0][at])]
    if sum(map(str.isalpha, whole[0][text])) < _SENTENCE or " " not in whole[0][text].strip():
        return None
    if not any(sum(_tells(row[at]) for row in whole) >= 0.8 * len(whole) for at in told):
        return None
    names = name_columns([""] * width)
    fields = {"text": text} | match(names, wanted)
    return Header(fields, names, 0, [names[fields["text"]]], nameless=True)


def _tells(cell: str) -> bool:
    """Whether a cell is a date, a count or a link."""
    cell = cell.strip()
    known = counts.read(cell)
    return bool(cell) and (
        is_understood(iso(cell)) or (known is not None and known != counts.NO_COUNT) or cell.startswith("http")
    )


def object_header(keys: Sequence[str], wanted: Wanted = ()) -> Header | None:
    """What keys of objects hold, as if they were columns; None where none of them is the text."""
    fields = dict(_match_keys(tuple(keys), wanted))
    return Header(fields, tuple(keys), 0, []) if "text" in fields else None


def name_columns(names: Sequence[str]) -> tuple[str, ...]:
    """A name of its own for every column, the one it has where it can be.

    >>> name_columns(["Текст", "", "Лайки", "Лайки"])
    ('Текст', 'Столбец 2', 'Лайки', 'Лайки (2)')
    """
    named: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        plain = wanted = name.strip("\ufeff ").replace(BROKEN, "\ufffd") or f"Столбец {number}"
        times = 1
        while plain in named:
            times += 1
            plain = f"{wanted} ({times})"
        named[plain] = None
    return tuple(named)


def match(names: Sequence[str], wanted: Wanted = ()) -> dict[str, int]:
    """Tell which column holds which field: field → number of the column.

    >>> match(["Дата публикации", "Текст", "Кол-во лайков", "Прочее"])
    {'date': 0, 'text': 1, 'likes': 2}
    >>> match(["Текст", "Суть дела"], (("text", "суть дела"),))
    {'text': 1}
    """
    found: dict[str, tuple[int, int]] = {}
    for number, name in enumerate(names):
        field, rank = _BY_ALIAS.get(_plain(name), ("", 0))
        if field and (field not in found or rank < found[field][0]):
            found[field] = (rank, number)
    named = {field: meant[0] for field, column in wanted if (meant := find(names, column))}
    return {field: number for field, (_, number) in found.items()} | named


def is_known(name: str) -> bool:
    """Whether a column that holds no field is known all the same.

    >>> is_known("ER, %"), is_known("Охват")
    (True, False)
    """
    return _plain(name).rstrip("% ") in OTHERS


def find(names: Sequence[str], column: str) -> list[int]:
    """Which columns a user may mean: the one of that very name, as it is shown, or those that differ in form only.

    >>> find(["Текст", "Текст", "Дата"], "Текст (2)"), find(["Текст", "Дата"], "текст:"), find(["Дата"], "Текст")
    ([1], [0], [])
    """
    shown = name_columns(names)
    if column in shown:
        return [shown.index(column)]
    return [number for number, name in enumerate(names) if _plain(name) == _plain(column)]


def twins(names: Sequence[str], number: int, wanted: Wanted = ()) -> list[str]:
    """Columns that claim to be the one with the texts as well as one of them, itself included.

    >>> twins(["Текст", "Дата", "текст:"], 0), twins(["Текст", "Дата", "Текст"], 0, (("text", "Текст (2)"),))
    (['Текст', 'текст:'], ['Текст (2)'])
    """
    shown = name_columns(names)
    meant = [number for field, column in wanted if field == "text" for number in find(names, column)]
    same = [other for other, name in enumerate(names) if _plain(name) == _plain(names[number])]
    return [shown[other] for other in meant or same]


@lru_cache(256)
def _match_keys(keys: tuple[str, ...], wanted: Wanted) -> tuple[tuple[str, int], ...]:
    """Which key holds which field: canonical names are what they say, whatever else is beside them."""
    if "text" in keys:
        canonical = {name: keys.index(name) for name in (*FIELDS, "form", "followers") if name in keys}
        named = {field: meant[0] for field, column in wanted if (meant := find(keys, column))}
        return tuple((canonical | named).items())
    return tuple(match(keys, wanted).items())


def name_keys(record: dict[str, Any]) -> dict[str, Any]:
    r"""An object with names that can be written: almost always the object itself.

    >>> list(name_keys({"text": "…", "\ud83d": 5}))
    ['text', '\\ud83d']
    """
    names = _written(tuple(record))
    return dict(zip(names, record.values(), strict=True)) if names else record


@lru_cache(256)
def _written(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys as they can be written; none where they can be as they are."""
    names = tuple(key.replace(BROKEN, "\ufffd").encode("utf-8", "backslashreplace").decode() for key in keys)
    return () if names == keys else names


def object_row(record: Mapping[str, Any], wanted: Wanted = ()) -> Mapping[str, Any]:
    """An object whose keys are canonical, or are columns of a table, as a row of canonical fields."""
    if "text" in record and not wanted:
        return record
    fields = dict(_match_keys(tuple(record), wanted))
    if "text" in record:
        values = list(record.values())
        return {**record, **{name: values[number] for name, number in fields.items()}}
    return row(list(record.values()), fields)


def _plain(name: str) -> str:
    name = _SEPARATORS.sub(" ", name.strip("\ufeff ").lower().replace("ё", "е")).strip()
    return _QUANTITY.sub("", name)


def identify(link: str) -> dict[str, str]:
    """What a link to a post tells of whose it is.

    >>> identify("https://vk.com/wall-5_17"), identify("https://t.me/museum/9")
    ({'platform': 'vk', 'page_id': '5', 'post_id': '17'}, {'platform': 'telegram', 'page_id': 'museum', 'post_id': '9'})
    """
    if found := _VK_LINK.search(link):
        return {"platform": "vk", "page_id": found[1].lstrip("-"), "post_id": found[2]}
    if found := _TELEGRAM_LINK.search(link):
        return {"platform": "telegram", "page_id": found[1], "post_id": found[2]}
    return {}


def row(cells: Sequence[Any], fields: Mapping[str, int]) -> dict[str, Any]:
    """Cells as a row of canonical fields; a short row lacks the last of them.

    >>> row(["Завтра не будет воды", "1 234", "https://vk.com/wall-5_17"], {"text": 0, "likes": 1, "link": 2})
    {'platform': 'vk', 'page_id': '5', 'post_id': '17', 'text': 'Завтра не будет воды', 'likes': '1 234'}
    """
    known: dict[str, Any] = {name: cells[n] for name, n in fields.items() if n < len(cells)}
    link = known.pop("link", None)
    told = identify(str(link)) if link else {}
    if not told:
        return known
    return told | {name: value for name, value in known.items() if value not in ("", None) or name not in told}

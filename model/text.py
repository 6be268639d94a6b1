"""Text: from a raw post to the pieces that are counted, each with its place.

A post is cut at white space into chunks, a chunk into pieces (words, numbers, dates,
links …). Chunks repeat far more than posts do, so whoever reads many posts remembers
what a chunk consists of (see `model.lexicon`) and this module runs on new chunks only.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Soft hyphen, accents and zero-width marks live inside words: "пере\u00adнос", "за\u0301мок".
_INSIDE = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"
_LETTER = r"[^\W\d_]"
_EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u231a-\u23ff\u203c\u2049"
_ZONES = "ru|рф|com|org|net|me|su|info|cc|online|moscow"
_LINK_END = r"[^\s<>\"'«»)\]]"

_HYPHEN = r"\-\u2010\u2011"  # the plain one, the typographer's, the one that does not break
_WORD = rf"{_LETTER}+(?:[{_INSIDE}]{_LETTER}*)*"

PIECE = re.compile(
    rf"(?i:https?)://{_LINK_END}+"
    r"|\[(?i:club|public|id|event)\d+\|"  # head of a VK mention; its name follows as words
    r"|[0-9#*]\ufe0f?\u20e3"  # keycap: 1️⃣
    r"|\#\w[\w@]*"  # hashtag, with VK's @page tail
    # Bounded, or a long run of letters and dots would be walked from each of its letters.
    r"|(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"  # mail
    r"|(?<![\w.])@\w[\w.]*"  # mention: @biblioteka
    rf"|(?<![\w.-])(?:[\w-]{{1,63}}+\.){{1,8}}(?i:{_ZONES})(?:/{_LINK_END}*)?(?![\w])"
    rf"|(?:\+7|8)?[{_HYPHEN}(]?\d{{3,5}}[{_HYPHEN})]\d{{1,3}}(?:[{_HYPHEN}]?\d{{2}}){{1,3}}(?!\d)"  # phone with a code
    rf"|\d{{1,3}}[{_HYPHEN}]\d{{2}}[{_HYPHEN}]\d{{2}}(?!\d)"  # local phone
    r"|\d{1,2}[:.]\d{2}[-–—]\d{1,2}[:.]\d{2}(?!\d)"  # hours from-to
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?!\d)"  # 12.03.2024
    r"|\d{1,2}[:.]\d{2}(?!\d)"  # 10:00, 12.03
    r"|\d+(?:[.,]\d+)?%?"
    rf"|{_WORD}(?:[{_HYPHEN}]{_WORD})*"
    r"|[!?]+"
    f"|[{_EMOJI}]"
)

_CHUNK = re.compile(r"\S+")
AROUND = ".,:;()«»\"'„“”`*–—…•▪▫"  # no piece by themselves, nor with letters beside them
_STRIP = re.compile(f"[{_INSIDE}]")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text and its place, in code points: `text[start:stop]` of the original."""

    start: int
    stop: int
    text: str


def chunks(text: str) -> list[str]:
    r"""Cut a text at white space.

    >>> chunks("Ждём вас 5 мая,\r\nв 12:00!")
    ['Ждём', 'вас', '5', 'мая,', 'в', '12:00!']
    """
    return text.split()


def pieces(chunk: str) -> list[str]:
    """Cut a chunk into words, numbers, dates, phones, links, marks.

    >>> pieces("«Ладья»,[club1|Имя")
    ['Ладья', '[club1|', 'Имя']
    """
    core = chunk.strip(AROUND)
    return [core] if core.isalpha() else PIECE.findall(chunk)  # most chunks are a word


def locate(text: str) -> Iterator[Token]:
    """Yield every piece of the text with its place in the original.

    >>> [token.start for token in locate("Ждём вас")]
    [0, 5]
    """
    for chunk in _CHUNK.finditer(text):
        shift = chunk.start()
        for match in PIECE.finditer(chunk.group()):
            yield Token(shift + match.start(), shift + match.end(), match.group())


def normalise(word: str) -> str:
    """Lower case, ё as е, without soft hyphens, accents and zero-width marks.

    >>> normalise("Ещ\u0451"), normalise("пере\u00adнос"), normalise("за\u0301мок")
    ('еще', 'перенос', 'замок')
    """
    word = unicodedata.normalize("NFC", word.lower())  # и + breve is й
    return (word if word.isalpha() else _STRIP.sub("", word)).replace("ё", "е")


# How a piece that is not a plain word begins, by the name of its shape; the first match wins.
_SHAPES = (
    ("link", rf"(?i:https?://|(?:[\w-]+\.)+(?:{_ZONES})(?:/|$))"),
    ("emoji", r"[0-9#*]\ufe0f?\u20e3"),  # 1️⃣
    ("mention", r"[\[@]"),  # [club1|, @biblioteka
    ("hashtag", r"\#"),  # #библиотека
    ("mail", r"[\w.+-]+@"),  # mail@example.ru
    ("hours", r"\d{1,2}[:.]\d{2}[-–—]"),  # 10:00-18:00
    ("time", r"\d{1,2}:\d{2}$"),  # 18:30
    ("date", r"\d{1,2}\.\d{1,2}\.\d+$|(?:[0-2]?\d|3[01])\.(?:0[1-9]|1[0-2])$"),  # 12.03
    ("time", r"(?:[01]?\d|2[0-4])\.[0-5]\d$"),  # 18.30
    ("phone", rf"[+(]?\d[\d(){_HYPHEN}]*[{_HYPHEN})][\d{_HYPHEN}]+$|\+?\d{{10,11}}$"),  # 8(800)000-12-34, 5-12-34
    ("percent", r".*%$"),
    ("year", r"(?:19|20)\d\d$"),
    ("digit", r"\d$"),
    ("digits", r"\d\d$"),
    ("number", r"\d"),
    ("shout", r"[!?]{2,}"),
    ("exclamation", r"!"),
    ("question", r"\?"),
    ("emoji", r"\W"),
)
_SHAPE = re.compile("|".join(f"({beginning})" for _, beginning in _SHAPES))

SHAPES = tuple(dict.fromkeys(name for name, _ in _SHAPES))

# Shapes that an administrator adds in a second and a resident gains nothing from. They are
# counted and no more: no words, no part of a length, or usefulness would be gamed with them.
DECORATION = ("mention", "hashtag", "shout", "exclamation", "emoji")

# Every piece of decoration has one of these.
_DRESS = re.compile(f"[#@!?\\[\u20e3{_EMOJI}]")
# Where none of these stands, decoration is marks that belong to no piece but themselves.
_TIED = re.compile("[#@\\[/\u20e3]")
_LOOSE = re.compile(rf"[!?]{{2,}}|!|(?!\w)[{_EMOJI}]")


def shape(piece: str) -> str | None:
    """Name the shape of a piece, or None for a plain word.

    >>> shape("10:00-18:00"), shape("12.03"), shape("5-12-34"), shape("мост")
    ('hours', 'date', 'phone', None)
    """
    if piece[0].isalpha() and not ("." in piece or "@" in piece):
        return None if "://" not in piece else "link"
    found = _SHAPE.match(piece)
    return _SHAPES[(found.lastindex or 0) - 1][0] if found else None


def undressed(text: str) -> str:
    """The text without decoration, white space as it was.

    >>> undressed("Ждём вас 🎉🎉 #афиша @dk!!!").split()
    ['Ждём', 'вас']
    """
    if not _DRESS.search(text):
        return text
    if not _TIED.search(text):
        return _LOOSE.sub("", text)
    return PIECE.sub(lambda piece: "" if shape(piece.group()) in DECORATION else piece.group(), text)

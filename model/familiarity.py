"""Whether a post is one that the model may speak about."""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from model.features import FEATURES
from model.lexicon import ROLE, ROLES, Batch
from model.text import DECORATION, SHAPES, undressed

# A post shorter than this says too little for any number.
MIN_WORDS = 4
# Below this share of dictionary words the text is another language, a transliteration or noise.
MIN_RUSSIAN = 0.5
# Several words with letters that Russian lacks, as in Ukrainian or Tatar, and a larger share of them are another
# language, even where the dictionary knows the rest; names of a festival and its guests are not. Of 71 thousand real
# posts nine have such a share, and all of these were doubted for other reasons.
MAX_FOREIGN, SEVERAL = 0.15, 4
# Repeating the same few words is not writing; real posts stay far below.
MAX_REPEATS = 0.75
# A whole post in capitals, or one longer than a network takes: not one training post in five hundred is.
MAX_CAPITALS = 0.8
MAX_LETTERS = 16_500
# A typo and a name are unknown or foreign words too, and weigh much in a short post.
FORGIVEN = 1
# From so many words on a share of them says something.
ENOUGH_WORDS = 8

# Verse: not one training post in a thousand is nothing but short capitalised lines without a fact.
# Fewer lines are verse if some rhyme: a greeting may be put in short lines, too.
_VERSE_LINES, _RHYMED_LINES = 6, 4
_VERSE_LINE = re.compile(r"\s*[«\"–—-]?\s*[А-ЯЁ].{10,50}")
# What is written for a program and not for a resident: of 49 thousand posts in the data three have any of it.
# Before each stands a sign that it cannot do without: few texts have even that.
_MARKUP = tuple(
    {
        "<": re.compile(r"</?[a-z][^<>]{0,80}>|<!--|<\|\w{1,30}\|>", re.IGNORECASE),
        "{": re.compile(r"\{\{|\{%|\{\s*\"\w+\"\s*:"),
        "[": re.compile(
            r"\[/?(?:b|i|u|s|url|img|quote|code|color|size|center|list|inst)(?:=[^]\n]{0,80})?\]", re.IGNORECASE
        ),
        "|": re.compile(r"\|-{3,}"),
        "`": re.compile("```"),
    }.items()
)
# Orders to a model: to forget what it was told, to be somebody, to give a mark. Each is looked for around a word that
# it cannot do without, and these begin with PROMPTS.
_FORGET = re.compile(
    r"(?<!не )\b(?:игнорируй|забудь|отмени|ignore|disregard|forget)\b\W{1,3}(?:\w+\W{1,3}){0,4}"
    r"(?:инструкци|указани|промпт|instruction|prompt)"
)
_ROLE = re.compile(
    r"(?:^|[.!?\n])[ \n]{0,3}(?:ты|you are)\W{1,3}(?:(?:\w{0,20}(?:ный|ая|ой|ий)|an?|\w{1,20}ful)\W{1,3}){0,3}"
    r"(?:ассистент|помощник по оцен|нейросеть|модель|assistant)"
)
_SPEAKER = re.compile(r"^[ \t]{0,9}(?:system|assistant)[ \t]{0,3}:", re.MULTILINE)
_MARK = re.compile(
    r"\b(?:дай|поставь|выставь|присвой|верни|выведи)\b\W{1,3}(?:\w+\W{1,3}){0,3}?"
    r"(?:этому|ему|максимальн\w+|высш\w+|сам\w+ высок\w+|наивысш\w+)\W{1,3}(?:\w+\W{1,3}){0,4}?(?:оценк|балл)"
    r"|\bэтот (?:пост|текст) (?:нужно|надо|следует|должен)\W{1,3}(?:\w+\W{1,3}){0,3}?оцен"
    r"|\bоцени этот (?:пост|текст)\b"
)
_CALL = re.compile(
    r"\b(?:внимание|уважаемая|дорогая)\W{1,3}(?:языковая\W{1,3})?модель!|\bкак языковая модель, ты\b"
    r"|\bассистент, (?:напиши|скажи|ответь|поставь|дай)\b|\bотвечай только\b"
)
_FIELD = re.compile(r"\b(?:usefulness|engagement)\W{0,3}[:=]")
_ORDERS = (
    *((word, _FORGET) for word in ("инструкци", "указани", "промпт", "instruction", "prompt")),
    *((word, _ROLE) for word in ("ассистент", "помощник", "нейросет", "модель", "assistant")),
    *((word, _SPEAKER) for word in ("system", "assistant")),
    *((word, _MARK) for word in ("оцен", "балл")),
    *((word, _CALL) for word in ("модель", "ассистент", "отвечай")),
    *((word, _FIELD) for word in ("usefulness", "engagement")),
)
_AROUND = 100  # characters before such a word, and half as many behind it

# What a piece is to the judgement: five roles that stand together, and whether the model knows its lemma.
_LOOKED_AT = ("word", "function", "capitals", "dictionary", "foreign")
_FIRST = tuple(ROLES).index(_LOOKED_AT[0])
_KINDS = 1 << (len(_LOOKED_AT) + 1)
_WORD, _FUNCTION, _CAPITALS, _DICTIONARY, _FOREIGN, _KNOWN = (
    np.arange(_KINDS) >> bit & 1 for bit in range(len(_LOOKED_AT) + 1)
)
# What each kind of piece counts for: words, contents, contents in capitals, Russian words, foreign and known ones.
_COUNTS_FOR = np.array(
    [
        _WORD,
        _WORD & ~_FUNCTION,
        _WORD & ~_FUNCTION & _CAPITALS,
        _DICTIONARY & ~_FOREIGN,
        _WORD & _FOREIGN,
        _WORD & _KNOWN,
    ],
    np.float64,
).T
_REPEATS = FEATURES.index("repeats")
_FACTS = np.array([FEATURES.index(f"count.shape.{name}") for name in SHAPES if name not in (*DECORATION, "question")])


def judge(batch: Batch, features: npt.NDArray[np.float32], min_known: float) -> list[str]:
    """Name the status of each post: `ok`, `too_short`, `not_russian` or `unfamiliar`.

    `features` (posts × FEATURES); `min_known`: the least share of words with a known
    lemma that training posts had.
    """
    repeats: list[float] = features[:, _REPEATS].tolist()
    facts: list[float] = features.take(_FACTS, axis=1).max(axis=1).tolist()
    counts: list[list[float]] = _count(batch).T.tolist()
    statuses = [
        _judge(text, each, repeated, most_facts, min_known)
        for text, each, repeated, most_facts in zip(batch.texts, counts, repeats, facts, strict=True)
    ]
    for n in set(batch.posts[(batch.piece_roles & ROLE["prompt"]) != 0].tolist()):
        if statuses[n] == "ok" and _is_ordered(batch.texts[n].lower()):
            statuses[n] = "unfamiliar"
    return statuses


def _judge(text: str, counts: list[float], repeats: float, facts: float, min_known: float) -> str:
    """The status of one post; `counts` as `_count` gives them."""
    words, contents, capitals, russian, foreign, known = counts
    # One or two foreign words say nothing of the language; a short post is just short.
    if words and russian / words < MIN_RUSSIAN:
        return "not_russian"
    if words < MIN_WORDS:
        return "too_short"
    if foreign >= SEVERAL and foreign - FORGIVEN > MAX_FOREIGN * words:
        return "not_russian"
    if (known + FORGIVEN) / words < min_known or _is_for_a_program(text):
        return "unfamiliar"
    if words >= ENOUGH_WORDS and (repeats > MAX_REPEATS or capitals > MAX_CAPITALS * max(contents, 1)):
        return "unfamiliar"
    return "ok" if facts or not _is_verse(text) else "unfamiliar"  # few posts have no fact at all


def _is_for_a_program(text: str) -> bool:
    """Whether a text has tags, templates or markup, or is too long for a post."""
    for sign, pattern in _MARKUP:
        if sign in text and pattern.search(text):
            return True
    return len(text) > MAX_LETTERS and len(undressed(text)) > MAX_LETTERS


def _is_ordered(text: str) -> bool:
    """Whether a text in lower case has an order to a model."""
    return any(
        pattern.search(text, max(0, place - _AROUND), place + _AROUND // 2)
        for word, pattern in _ORDERS
        for place in _places(text, word)
    )


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _is_verse(text: str) -> bool:
    if text.count("\n") < _RHYMED_LINES - 1:
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    verse: list[str] = []
    other = 0
    # Prose is told by its first lines, and to undress a whole text costs as much as to read it.
    for line in map(undressed, lines):
        if _VERSE_LINE.fullmatch(line):
            verse.append(line)
        elif line.strip():
            other += 1
            if other >= 0.2 * len(lines):
                return False
    if len(verse) <= 0.8 * (len(verse) + other):
        return False
    return len(verse) + other >= _VERSE_LINES or (len(verse) >= _RHYMED_LINES and _rhymes(verse))


def _rhymes(lines: list[str]) -> bool:
    """Whether half of the lines end like one of the two behind or before, and they are no list of names or things."""
    words = [line.split() for line in lines]
    capitals = sum(word[:1].isupper() for line in words for word in line[1:])
    begun = [line[0] for line in words if len(line[0]) > 2]  # verse may say «и» over and over
    if len({*begun}) < len(begun) or capitals > sum(map(len, words)) / 4:
        return False
    ends = ["".join(filter(str.isalpha, line[-1].lower())) for line in words]
    rhymed: set[int] = set()
    for here, end in enumerate(ends):
        for there in range(here + 1, min(here + 3, len(ends))):
            if end[-2:] == ends[there][-2:] and end != ends[there]:
                rhymed |= {here, there}
    return len(rhymed) >= len(lines) / 2


def known_share(batch: Batch) -> npt.NDArray[np.float64]:
    """The share of words of each post whose lemma the model knows."""
    words, *_, known = _count(batch)
    return known / np.maximum(words, 1)  # type: ignore[no-any-return]


def _count(batch: Batch) -> npt.NDArray[np.float64]:
    """Words, contents, contents in capitals, Russian words, foreign and known ones of each post: (6 × posts)."""
    kinds = (batch.piece_roles >> np.uint32(_FIRST)) & np.uint32(_KINDS // 2 - 1)
    kinds |= (batch.piece_lemmas >= 0) * np.uint32(_KINDS // 2)
    if len(batch) > 1:
        kinds = batch.posts * np.int64(_KINDS) + kinds
    seen = np.bincount(kinds, minlength=len(batch) * _KINDS)
    return (seen.reshape(len(batch), _KINDS) @ _COUNTS_FOR).T

"""Phrases: how a table is read, and that the words of the shipped tables are Russian forms."""

import pymorphy3
import pytest

from model.draft import read
from model.morphology import KNOWN
from model.phrases import Phrases
from model.text import PIECE
from model.words import style
from training.morphology import parse

FORMS = {"вести": "вести веду -", "идти": "идти иду идя", "лечь": "лечь лягу ляг", "сесть": "сесть лягу сядь"}
STARS = {"things": {"дома | воды": "дом | воду"}, "places": {"-ского": "-ском"}}
# How forms of a verb are called, in the order of the table.
SLOTS = [
    {"INFN"},
    *({person, number, "indc"} for number in ("sing", "plur") for person in ("1per", "2per", "3per")),
    *({"past", gender, "sing"} for gender in ("masc", "femn", "neut")),
    {"past", "plur"},
    {"impr", "sing", "excl"},
    {"impr", "plur", "excl"},
    {"GRND"},
]


def found(table, text):
    return [(text[match.start : match.stop], match.fix) for match in Phrases(table, FORMS, STARS).search(read(text))]


@pytest.mark.parametrize(
    ("table", "text", "expected"),
    [
        ({"в целях": "для"}, "В  целях и в целях", [("В  целях", "Для"), ("в целях", "для")]),
        ({"в целях": "для"}, "в, целях; в\nцелях; вцелях", []),
        ({"а | б": "в | г"}, "а б", [("а", "в"), ("б", "г")]),
        ({"а | б": "в"}, "а б", [("а", "в"), ("б", "в")]),
        ({"а": False}, "а", [("а", None)]),
        ({"а": "в", "а б": True}, "а б а", [("а", "в")]),
        ({"а": "в", "а б": "г"}, "а б а", [("а б", "г"), ("а", "в")]),
        ({"{вести} дом": "{идти}"}, "вести дом, веду дом", [("вести дом", "идти"), ("веду дом", "иду")]),
        ({"{вести}": False}, "веду", [("веду", None)]),
        ({"чинить *": {"fix": "чини *", "star": "things"}}, "чинить воды", [("чинить воды", "чини воду")]),
        ({"чинить *": {"fix": "чини *", "star": "things"}}, "чинить Дома, чинить лес", [("чинить Дома", "чини Дом")]),
        (
            {"у * дома": {"fix": "в *", "star": "places"}},
            "у Берёзовского дома",
            [("у Берёзовского дома", "в Берёзовском")],
        ),
        ({"а, что": "б"}, "а, что и а что", [("а, что", "б"), ("а что", "б")]),
        ({"а,": "б"}, "а, в а", [("а,", "б"), ("а", "б")]),
        ({"а": ", б"}, "в а. А; в, а и а", [(" а", ", б"), ("А", "Б"), ("а", "б"), ("а", "б")]),
        ({"а": "б,"}, "а в. А", [("а", "б,"), ("А", "Б")]),
        ({"а в целом": "б"}, "А В ЦЕЛОМ", [("А В ЦЕЛОМ", "Б")]),
        ({"в рамках недели": "в дни недели"}, "В рамках Недели", [("В рамках Недели", "В дни Недели")]),
        ({"в дни": ", если"}, "а также в дни", [("в дни", "если")]),
        ({"на дороге": "в форме"}, "на дороге", [("на дороге", "в форме")]),
        ({"на дороге": "в вторнике"}, "На дороге", [("На дороге", "Во вторнике")]),
    ],
)
def test_table_is_read(table, text, expected):
    assert found(table, text) == expected


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ({"next": "genitive"}, "а дома", True),
        ({"next": "genitive"}, "а и", False),
        ({"next": "genitive"}, "а, дома", False),
        ({"next": "dative"}, "а дому", True),
        ({"next": "dative"}, "а дом", False),
        ({"next": "instrumental"}, "а домом", True),
        ({"next": "infinitive"}, "а срочно прийти", True),
        ({"next": "infinitive"}, "а новости", False),
        ({"next": "not infinitive"}, "а", True),
        ({"next": "not infinitive"}, "а ждать", False),
        ({"next": "past"}, "а ждали", True),
        ({"next": "past"}, "а дома", False),
        ({"next": "its noun"}, "а событием", True),
        ({"next": "its noun"}, "а просим", False),
        ({"next": "number"}, "а 5", True),
        ({"next": "number"}, "а пять", False),
        ({"next": "quoted"}, "а «лес»", True),
        ({"next": "quoted"}, "а лес", False),
        ({"next": "word"}, "а лес", True),
        ({"next": "word"}, "а. лес", False),
        ({"next": "end"}, "а.", True),
        ({"next": "end"}, "а и", False),
        ({"next": "pause"}, "а в лесу", True),
        ({"next": "pause"}, "а лесу", False),
        ({"next_word": "лес"}, "а лес", True),
        ({"next_word": "лес"}, "а дом", False),
        ({"not_next": "лес ,"}, "а дом", True),
        ({"not_next": "лес ,"}, "а лес", False),
        ({"not_next": "лес ,"}, "а, дом", False),
        ({"prev_word": "лес"}, "лес а", True),
        ({"prev_word": "лес"}, "а", False),
        ({"not_prev": "лес ,"}, "дом а", True),
        ({"not_prev": "лес ,"}, "лес а", False),
        ({"not_prev": "лес ,"}, "дом, а", False),
        ({"alone": "genitive"}, "а дома", True),
        ({"alone": "genitive"}, "а дома и дороги", False),
        ({"alone": "genitive"}, "а, дороги", False),
        ({"alone": "genitive"}, "а, что дороги", True),
        ({"alone": "genitive"}, "а! И дороги", True),
        ({"alone": "instrumental"}, "а и домом", False),
        ({"agent": False}, "лес а", True),
        ({"agent": False}, "нами а", False),
        ({"agent": False}, "с нами а", True),
        ({"agent": False}, "Нами. А", True),
        ({"start": True}, "а", True),
        ({"start": True}, "лес а", False),
        ({"start": False}, "а", False),
    ],
)
def test_surroundings_are_asked_for(asked, text, expected):
    assert bool(found({"а": {"fix": "б", **asked}}, text)) is expected


def test_the_first_reading_that_fits_holds():
    table = {"а": [{"fix": "б", "start": True}, {"fix": "в", "next_word": "лес"}, {"fix": False}]}
    assert found(table, "А, а лес, а") == [("А", "Б"), ("а", "в"), ("а", None)]


def test_a_form_of_two_meanings_is_left_to_a_person():
    """«Проведите» is «you will» and «do»: two replacements, one form."""
    forms = {"провести": "проведёте проведите", "вести": "проведите проведите", "быть": "будете будьте"}
    match = next(Phrases({"{вести} дом": "{быть}"}, forms).search(read("проведите дом")))
    assert match.fix is None


@pytest.fixture(scope="module")
def dictionary():
    return pymorphy3.MorphAnalyzer()


@pytest.mark.parametrize("verb", style()["forms"])
def test_forms_of_a_verb_stand_in_their_order(dictionary, verb):
    for form, slot in zip(style()["forms"][verb].split(), SLOTS, strict=True):
        readings = [reading for reading in dictionary.parse(form) if reading.normal_form == verb]
        assert form == "-" or any(slot <= reading.tag.grammemes for reading in readings), (form, slot)


def tables():
    names = ("officialese", "preposition", "split_predicate", "impersonal", "opening", "passive", "praise", "pleonasm")
    return {name: style()[name] for name in names} | {
        "stars": {k: v for t in style()["stars"].values() for k, v in t.items()}
    }


@pytest.mark.parametrize("name", tables())
def test_every_word_of_the_tables_is_in_the_dictionary(name):
    fixes = []
    for key, value in tables()[name].items():
        entries = value if isinstance(value, list) else [value]
        fixes += [key, *(entry["fix"] if isinstance(entry, dict) else entry for entry in entries)]
    words = {word for fix in fixes if isinstance(fix, str) for word in PIECE.findall(fix) if word.isalpha()}
    odd = {word for word in words if not parse(word.lower().replace("ё", "е")).grammemes & KNOWN}
    assert odd <= {
        "онлайн",
        "нацпроект",
        "нацпроекта",
        "нацпроекту",
        "госпрограммы",
        "госпрограмме",
        "Карелии",
        "МО",
        "РФ",
        "ского",
        "ском",
        "цкого",
        "цком",
        "ской",
        "цкой",
    }

from pathlib import Path

import pytest

from model import PRETRAINED
from service.settings import Settings, SettingsError


def test_without_variables_the_limits_are_those_of_the_contract():
    settings = Settings.from_env({})
    assert (settings.max_posts, settings.max_characters, settings.max_body) == (1000, 20_000, 5 * 2**20)
    assert (settings.host, settings.port, settings.model) == ("127.0.0.1", 8000, PRETRAINED)


def test_variables_override():
    given = {"MERILO_MODEL": "/srv/model", "MERILO_MAX_POSTS": "5", "MERILO_HOST": "::1", "X": "1"}
    settings = Settings.from_env(given)
    assert (settings.model, settings.max_posts, settings.host) == (Path("/srv/model"), 5, "::1")


def test_an_empty_variable_is_as_if_absent():
    assert Settings.from_env({"MERILO_PORT": ""}).port == 8000


def test_texts_are_stored_only_where_told():
    assert not Settings.from_env({}).keep_texts
    assert not Settings.from_env({"MERILO_KEEP_TEXTS": "0"}).keep_texts
    assert Settings.from_env({"MERILO_KEEP_TEXTS": "1"}).keep_texts
    with pytest.raises(SettingsError, match="MERILO_KEEP_TEXTS: нужно 1"):
        Settings.from_env({"MERILO_KEEP_TEXTS": "да"})


def test_the_address_of_the_database_is_not_shown():
    settings = Settings.from_env({"MERILO_DATABASE_URL": "postgresql://merilo:parol@db/merilo"})
    assert settings.database_url.endswith("/merilo")
    assert "parol" not in repr(settings)


@pytest.mark.parametrize("value", ["x", "0", "-1", "1.5", "70000", "٣", "9" * 5000])
def test_a_variable_that_makes_no_sense_is_named(value):
    with pytest.raises(SettingsError, match="MERILO_PORT: нужно целое число от 1 до 65535"):
        Settings.from_env({"MERILO_PORT": value})

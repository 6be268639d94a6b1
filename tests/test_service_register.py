"""The register of pages: what a table of an operator tells, and what is wrong with one."""

import pytest
from typer.testing import CliRunner

from service import register
from service.cli import app
from service.complaint import Complaint
from service.store import Page, Store, pages


def test_a_table_of_excel(tmp_path):
    path = tmp_path / "страницы.csv"
    text = (
        "Площадка;ID страницы;Вид;Регион;Подписчики;Пояс\r\nvk;-5;школа;Край;1 200;Asia/Omsk\r\n;;;;;\r\nmax;7;;;;\r\n"
    )
    for encoding in ("utf-8-sig", "cp1251"):
        path.write_bytes(text.encode(encoding))
        assert register.read(path) == [
            Page(platform="vk", page_id="5", kind="школа", region="Край", followers=1200, zone="Asia/Omsk"),
            Page(platform="max", page_id="7"),
        ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "в первой строке нужны столбцы"),
        ("название,регион\nШкола,Край", "в первой строке нужны столбцы"),
        ("platform,page_id\n", "нет ни одной страницы"),
        ("platform,page_id\nvk,1\nvk,", "строка 3: нет площадки"),
        ("platform,page_id,followers\nvk,1,много", "строка 2: подписчики"),
        ("platform,page_id,zone\nvk,1,Луна", "строка 2: нет такого часового пояса"),
    ],
)
def test_a_slip_changes_nothing(tmp_path, monkeypatch, text, said):
    path = tmp_path / "pages.csv"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("MERILO_DATABASE_URL", f"sqlite:///{tmp_path}/merilo.sqlite3")
    with pytest.raises(Complaint, match=said):
        register.read(path)
    assert CliRunner().invoke(app, ["pages", str(path)]).exit_code == 2
    assert not (tmp_path / "merilo.sqlite3").exists()


def test_the_store_learns_of_pages(tmp_path, monkeypatch):
    (tmp_path / "pages.csv").write_text("platform,page_id,region\nvk,1,Край\n", encoding="utf-8")
    address = f"sqlite:///{tmp_path}/merilo.sqlite3"
    monkeypatch.setenv("MERILO_DATABASE_URL", address)
    done = CliRunner().invoke(app, ["pages", str(tmp_path / "pages.csv")])
    assert done.exit_code == 0, done.output
    with Store.open(address) as store, store.reading() as connection:
        assert pages.find(connection, "vk", "1")["region"] == "Край"

"""The report as a workbook of Excel: findings first, then a sheet a chart, with Excel's own charts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, BinaryIO

from service.archive.scoresheet import clean
from service.hints import TYPE_NAMES
from service.report.account import Account, Shown
from service.report.figures import AMBER, BLUE, Chart, draw
from service.report.findings import find
from service.report.page import about, lack, title

MAIN = "Главное"
POSTS = "Посты"

# Which columns are drawn and how: by name of chart.
_DRAWN: dict[str, tuple[str, tuple[int, ...]]] = {
    "по-времени": ("line", (2, 3)),
    "распределение": ("column", (1,)),
    "чего-не-хватает": ("bar", (3,)),
    "типы": ("bar", (2,)),
    "по-неделям": ("column", (1,)),
    "отклик": ("bar", (2,)),
    "страницы": ("bar", (2,)),
}

_HEADS = ("", "Польза", "Не меньше", "Не больше", "Тип", "Дата", "Страница", "Пост", "Чего не хватает", "Начало")
_WIDTHS = (14, 8, 10, 10, 18, 12, 28, 38, 44, 60)


def write(stream: BinaryIO, account: Account, name: str, today: date) -> None:
    """Write the workbook."""
    from xlsxwriter import Workbook

    book = Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False})
    _write_main(book, account, name, today)
    for chart in draw(account):
        _write_chart(book, chart)
    _write_posts(book, account)
    book.close()


def _write_main(book: Any, account: Account, name: str, today: date) -> None:
    sheet = book.add_worksheet(MAIN)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 90)
    sheet.hide_gridlines(2)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    large = book.add_format({"bold": True, "font_size": 16})
    head = book.add_format({"bold": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, clean(title(account, name)), large)
    sheet.write_string(1, 0, about(account, today))
    at = 3
    for finding in find(account):
        sheet.write_string(at, 0, finding.head, head)
        sheet.write_string(at, 1, clean(finding.text), text)
        sheet.set_row(at, 15.5 * (1 + len(finding.text) // 88))  # Excel does not grow rows of a file it did not write
        at += 1
    sheet.write_string(at + 1, 0, "Модель", head)
    sheet.write_string(at + 1, 1, ", ".join(sorted(account.models)))


def _write_chart(book: Any, chart: Chart) -> None:
    name = chart.title[:31]
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1})
    note = book.add_format({"font_color": "#5b6675"})
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(chart.head) - 1, 12 if len(chart.head) < 10 else 5)
    sheet.write_string(0, 0, chart.note, note)
    for number, said in enumerate(chart.head):
        sheet.write_string(2, number, said, bold)
    for at, row in enumerate(chart.rows, 3):
        for number, value in enumerate(row):
            if isinstance(value, (int, float)):
                sheet.write_number(at, number, value)
            elif value is not None:
                sheet.write_string(at, number, clean(str(value)))
    first, last, columns = 3, 2 + len(chart.rows), len(chart.head)
    if chart.name in _DRAWN:
        kind, drawn = _DRAWN[chart.name]
        sheet.insert_chart(2, columns + 1, _draw(book, name, chart.title, kind, drawn, chart.head, first, last))
    else:  # the map of days and hours
        scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": BLUE}
        sheet.conditional_format(first, 1, last, columns - 1, scale)


def _draw(
    book: Any, sheet: str, title: str, kind: str, drawn: Sequence[int], head: Sequence[str], first: int, last: int
) -> Any:
    chart = book.add_chart({"type": kind})
    for colour, column in zip((BLUE, AMBER), drawn, strict=False):
        series: dict[str, Any] = {
            "name": head[column],
            "categories": [sheet, first, 0, last, 0],
            "values": [sheet, first, column, last, column],
        }
        if kind == "line":
            series |= {"line": {"color": colour, "width": 2}, "marker": {"type": "circle", "size": 5}}
        else:
            series |= {"fill": {"color": colour}, "gap": 40, "data_labels": {"value": kind == "bar"}}
        chart.add_series(series)
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"position": "top"} if len(drawn) > 1 else {"none": True})
    chart.set_size({"width": 640, "height": max(320, 26 * (last - first) + 120) if kind == "bar" else 360})
    if kind == "bar":
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    if kind == "line":
        chart.set_y_axis({"min": 0, "max": 100})
        chart.show_blanks_as("gap")
    return chart


def _write_posts(book: Any, account: Account) -> None:
    sheet = book.add_worksheet(POSTS)
    bold = book.add_format({"bold": True, "bottom": 1})
    moment = book.add_format({"num_format": "dd.mm.yyyy"})
    for number, (said, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, said, bold)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    shown = [("полезнее всего", post) for post in account.best] + [("меньше пользы", post) for post in account.worst]
    for at, (which, post) in enumerate(shown, 1):
        _write_post(sheet, at, which, post, moment)


def _write_post(sheet: Any, at: int, which: str, post: Shown, moment: Any) -> None:
    sheet.write_string(at, 0, which)
    for number, value in enumerate((post.usefulness, post.low, post.high), 1):
        sheet.write_number(at, number, value)
    sheet.write_string(at, 4, TYPE_NAMES[post.type])
    if post.moment:
        sheet.write_datetime(at, 5, post.moment, moment)
    sheet.write_string(at, 6, clean(post.page))
    if post.link:
        sheet.write_url(at, 7, post.link)
    else:
        sheet.write_string(at, 7, clean(post.number))
    sheet.write_string(at, 8, lack(post.missing))
    sheet.write_string(at, 9, clean(post.beginning))

"""Progress of a page: what its last months do better than the months before, fit to encourage who runs it."""

from collections import Counter
from datetime import date

from model.score import CHECKLIST
from service.hints import CHECKLIST_HINTS
from service.report.account import Account, Part
from service.report.change import Group, compare_means, compare_shares, stand_out
from service.report.findings import FEW, among
from service.wording import number

# Months that are set against as many before them.
MONTHS = 3


def praise(account: Account) -> list[str]:
    """Sentences about what got better, each more than chance; empty of several pages and where nothing did."""
    months = list(account.months())
    if len(account.pages) != 1 or len(months) < 2 * MONTHS:
        return []
    before, after = months[-2 * MONTHS : -MONTHS], months[-MONTHS:]
    told = [*_means(account, before, after), *_shares(account, before, after)]
    found = [said for (_, said), out in zip(told, stand_out([chance for chance, _ in told]), strict=True) if out]
    return [said for said in found if said]


def _means(account: Account, before: list[date], after: list[date]) -> list[tuple[float, str]]:
    months = account.months()
    one, two = (_joined([months[month] for month in some]) for some in (before, after))
    if min(one.trusted, two.trusted) < FEW:
        return []
    past, now = (Group(part.trusted, part.usefulness, part.squares) for part in (one, two))
    said = f"Средняя польза выросла с {number(past.mean)} до {number(now.mean)}." if now.mean > past.mean else ""
    return [(compare_means(past, now), said)]


def _joined(parts: list[Part]) -> Part:
    whole = Part()
    for part in parts:
        whole.join(part)
    return whole


def _shares(account: Account, before: list[date], after: list[date]) -> list[tuple[float, str]]:
    past, now = (_held(account, some) for some in (before, after))
    found = []
    for name in CHECKLIST:
        one, two = ((told[name, True], told[name, True] + told[name, False]) for told in (past, now))
        if min(one[1], two[1]) >= FEW:
            grown = two[0] * one[1] > one[0] * two[1]
            said = (
                f"Пункт «{CHECKLIST_HINTS[name].name}» теперь выполнен {among(two[0] / two[1])} постов, "
                f"где он нужен, а был {among(one[0] / one[1])}."
            )
            found.append((compare_shares(one, two), said if grown else ""))
    return found


def _held(account: Account, months: list[date]) -> Counter[tuple[str, bool]]:
    return sum((account.held.get(month, Counter()) for month in months), Counter())

"""The page of the rules of style, docs/rules.md: what each looks for, and how often it is right.

`python -m service.rules_page > docs/rules.md` writes it anew; a test compares them.
"""

from model import precision
from model.style import RULES
from service.hints import STYLE_HINTS

_HEAD = """\
# Rules of style

{count} rules stand in `model.style.RULES`. `find(text)` gives places in Unicode code points with a fix where mending is
mechanical, `apply(text, finding)` mends one. Names, reasons and examples are shown to the reader in Russian.

This page is written by `python -m service.rules_page`.

## How often they are right

Findings on real posts, most of them of official pages and of culture, were read one by one with the text around them
and asked: would a careful editor of an official page accept this mark as a fault to mend here? At most {cap} posts of
one page in a sample and one finding of a post were taken for a rule, so that no page speaks for all. One reader read
them, once. Where the corpora hold line breaks as runs of spaces, these were taken for line breaks.

A rule under {least:.0%} was mended or dropped. What counts are the labelled findings that the rule as it is now still
makes. Rules were mended by what the first sample showed; a second one was read for most of these rules, but the
shares may flatter a little. *95 %* is the Wilson interval; it knows nothing of that. Rules marked *rare* had fewer
than {few} findings read: their share is known badly. {none}

| rule | name | labelled | right | precision | 95 % | |
|---|---|---|---|---|---|---|
"""


def render() -> str:
    """The page, in Markdown."""
    measured = precision.read()
    silent = [name for name in RULES if not measured[name].labelled]
    none = f"Not measured, for no finding was read: {', '.join(f'`{name}`' for name in silent)}." if silent else ""
    lines = [
        _HEAD.format(count=len(RULES), cap=precision.CAP, least=precision.LEAST, few=precision.FEW, none=none).rstrip(
            " "
        )
    ]
    for name in RULES:
        share = measured[name]
        low, high = share.interval
        figures = f"{share.precision:.2f} | {low:.2f}–{high:.2f}" if share.labelled else "– | –"
        rare = "rare" if share.labelled < precision.FEW else ""
        lines.append(
            f"| `{name}` | {STYLE_HINTS[name].name} | {share.labelled} | {share.right} | {figures} | {rare} |\n"
        )
    lines.append("\n## Why each matters\n\n")
    lines += [f"- `{name}`: {hint.why} *{hint.example}*\n" for name, hint in STYLE_HINTS.items()]
    return "".join(lines)


if __name__ == "__main__":
    print(render(), end="")

"""What can be written, by the end of a file's name. Light: the command line builds its words from it."""

SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}


def listed(before: str = "") -> str:
    """The suffixes as a list in Russian, each with something before it.

    >>> listed("имя")
    'имя.csv, имя.jsonl, имя.ndjson, имя.xlsx или имя.parquet'
    """
    *most, last = (before + suffix for suffix in SUFFIXES)
    return f"{', '.join(most)} или {last}"

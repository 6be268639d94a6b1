"""The report: what an archive or a page of the store comes to, in words, in charts and in posts."""

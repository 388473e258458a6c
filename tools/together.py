"""The proved entries of an extracted placement beside each other, for tools/extraction-table."""
import copy

from verdicts import WORDS, part_of, whole


def whole_entries(placement, entries):
    """Those that no other of them calls: what is proved of one that is called is said with its caller."""
    operations = whole(placement)["operations"]
    functions = {entry: {routine["at"] for routine in part_of(placement, entry)["routines"].values()} for entry in entries}
    return [entry for entry in entries
            if not any(operations[entry]["at"] != operations[other]["at"] and operations[entry]["at"] in functions[other]
                       for other in entries)]


def together(options, rows, row_of):
    """By entry-level: the entries of it that are proved, and a row of all of them beside each other. The tracked entry is of
    one level; the words of ranges are asked, without the control, and ten times as long as one entry."""
    alone = copy.copy(options)
    alone.control, alone.ranges, alone.timeout = None, None, 10 * options.timeout
    operations, levels = whole(options.placement)["operations"], {}
    for row in rows:
        if row.verdict.status == 0:
            levels.setdefault(operations[row.entry].get("entry-level", "pte"), []).append(row.entry)
    for level, entries in levels.items():
        entries = whole_entries(options.placement, entries)
        if len(entries) > 1:
            yield level, entries, row_of(alone, tuple(entries))


def together_text(level, entries, verdict):
    words = f": {verdict.detail}" if verdict.detail else ""
    return f"together, {len(entries)} entries of level {level} ({', '.join(entries)}): {WORDS[verdict.status]}{words}"

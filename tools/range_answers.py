"""What becomes of a proved entry where flushes and notifier calls say their addresses, for tools/extraction-table."""
import copy
import itertools
import json
import tempfile

from verdicts import ask, part_of

UNKNOWN = ("unknown ranges, which may be any: ", "addresses of which nothing is known: ",
           "addresses of which little is known: ")
IN_WORDS = "flushes and notifier calls that are taken to be for the tracked page: "
MOST_UNKNOWN = 3  # names, of which each answer is asked


def said(placement, entry, kinds):
    """What these assumptions name."""
    return "; ".join(line.removeprefix(kind) for line in placement["operations"][entry].get("assumptions", [])
                     for kind in kinds if line.startswith(kind))


def answers(names):
    """Of each unknown name: it is the page, or what is behind it."""
    return itertools.product(*([f"{name} == page", f"{name} == page + PAGE_SIZE"] for name in names))


def is_violated_anyway(options, entry):
    """Whether it is violated with the tracked page in every unknown range, too. None: not decided."""
    placement = part_of(options.ranges, entry)
    names = [name for name in placement["operations"][entry].get("addresses", {}).get("names", [])
             if name.startswith("unknown_")]
    if said(placement, entry, UNKNOWN[1:]) or len(names) > MOST_UNKNOWN:
        return False
    for answer in answers(names):
        answered = copy.deepcopy(placement)
        answered["operations"][entry]["addresses"].setdefault("where", []).extend(answer)
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(answered, file)
            file.flush()
            status = ask(options, file.name, entry).status
        if status != 10:
            return None if status == 20 else False
    return True


def ranges_of(options, entry, verdict):
    if not options.ranges or verdict.status != 0:
        return ""
    found, placement = ask(options, options.ranges, entry), part_of(options.ranges, entry)
    unknown = said(placement, entry, UNKNOWN)
    words = said(placement, entry, [IN_WORDS])
    if found.status == 0 and not unknown:
        return f"followed but for words at {words}" if words else "followed"
    if found.status == 0:
        return f"hold, whatever is unknown ({unknown})" + (f", but for words at {words}" if words else "")
    if found.status != 10:
        return f"unknown: {found.detail}"
    violated = f"{options.ranges_routines.through(found.trace)}{found.detail}" if found.trace else found.detail
    anyway = unknown and is_violated_anyway(options, entry)
    if anyway is None:
        return f"unknown: not decided whether VIOLATED, whatever is unknown ({unknown}): {violated}"
    if anyway:
        return f"VIOLATED, whatever is unknown ({unknown}): {violated}"
    return f"unknown ({unknown}), with another answer VIOLATED: {violated}" if unknown else f"VIOLATED: {violated}"


def ranges_text(rows):
    asked = [row.ranges for row in rows if row.ranges]
    counts = [("followed", asked.count("followed"))] + [
        (text, sum(row.startswith(start) for row in asked))
        for text, start in (("followed but for words", "followed but"), ("hold whatever is unknown", "hold"),
                            ("VIOLATED", "VIOLATED"), ("with another answer VIOLATED", "unknown ("),
                            ("unknown", "unknown:"))]
    return (f"ranges: of {len(asked)} entries that are proved, "
            + ", ".join(f"{count} {text}" for text, count in counts if count))


def ranges_status(text):
    """A violation; or what an unknown range decides."""
    return 10 if text.startswith("VIOLATED") else 20 if text.startswith("unknown") else 0

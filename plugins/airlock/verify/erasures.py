"""Verifies that erased people are on the suppression list, and that rows keep their night."""

from __future__ import annotations

import re
from urllib.parse import quote

from airlock.core.content import canonical_json, digest
from airlock.core.errors import ObjectMissing
from airlock.core.nights import night_named
from airlock.ledger import Entry, named
from airlock.reading import read_json
from airlock.verify.look import Look


def check_suppressed(look: Look) -> None:
    """Each digest that a tombstone names is on the list, under the key that it says."""
    stones = [entry for entry in look.entries if entry.kind == "tombstone"]
    for entry in stones:
        # Under a new pseudonym key they are erased again, and the old object may be removed.
        replaced = any(one.body.get("key") != entry.body.get("key") for one in stones)
        for name in entry.body.get("digests", ()):
            key = f"suppressed/{quote(entry.body['domain'], safe='')}/{name}.json"
            try:
                data = look.store.get(key)
            except ObjectMissing:
                text = f"{key} is gone: somebody who was erased is no longer left out."
                if replaced:
                    look.warnings.append(text)
                else:
                    look.bad(entry.sequence, text)
                continue
            look.cover(key, entry.sequence)
            if data != canonical_json({"key": entry.body["key"]}):
                look.bad(entry.sequence, f"{key} was altered.")


def check_nights(look: Look) -> None:
    """The rows of a named snapshot are bound to the night that its record says."""
    for entry in look.entries:
        for one in named(entry):
            if one.address.startswith("stages/snapshot/"):
                _night(look, entry, one.address)


def _patterns(source: str, night: str) -> set[str]:
    """The addresses that become a source's once their night is filled in."""
    begin = night_named(night).begin
    year, month, day, hour = f"{begin:%Y} {begin:%m} {begin:%d} {begin:%H}".split()
    week = night.partition("-W")[2]
    found = {source.replace(night, "{night}")}
    for parts in (
        [(year, "{year}"), (month, "{month}"), (day, "{day}"), (hour, "{hour}")],
        [(night[:4], "{year}"), (week, "{week}")],
    ):
        text = source
        for value, placeholder in parts:
            # A part stands alone between marks: year=2026/month=01, or 2026/01.
            mark = rf"(?<![0-9A-Za-z]){value}(?![0-9A-Za-z])"
            text = re.sub(mark, placeholder, text, count=1) if value else text
        found.add(text)
    return found


def _night(look: Look, entry: Entry, address: str) -> None:
    try:
        record = read_json(look.store.get(address))["record"]
        source, night = record["source"], record["night"]
        windows, rows = len(record.get("nights") or ()), record["sha256"]
    except (ObjectMissing, ValueError, KeyError, TypeError):
        return  # said already, where the results are looked at
    patterns = {source, *_patterns(source, night)} if night else {source}
    keys = [f"nights/{digest([one, windows, rows])}.json" for one in sorted(patterns)]
    found = [key for key in keys if look.store.exists(key)]
    for key in found:
        look.cover(key, entry.sequence)
        if look.store.get(key) != canonical_json({"night": night}):
            look.bad(entry.sequence, f"{key} does not bind the rows of {night} to that night.")
    if not found:
        text = (
            f"No note binds the rows of {source} to their night: the contract allows repeated "
            "nights, or somebody deleted it."
        )
        if text not in look.warnings:
            look.warnings.append(text)

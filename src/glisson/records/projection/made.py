"""Entries as they are made from nouns: by whom, at which site, with ids that come from their content."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from glisson.records.forms import Catalogue, Form, FormEntry, form
from glisson.records.forms.entry import day_of
from glisson.records.projection.mapping import completed


@dataclass
class Maker:
    """Makes entries of one case; instances are counted within form and visit.

    Attributes:
        case, site, author: of every entry.
        known: forms; the newest edition of each is filled.
        made: entries so far.
    """

    case: str
    site: str
    author: str
    known: Catalogue
    made: list[FormEntry] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def form(self, name: str) -> Form:
        """The newest edition."""
        return form(name, None, self.known)

    def add(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        visit: str | None,
        recorded_at: datetime | None,
        instance: int | None = None,
    ) -> None:
        """One entry; what its form asks for and the case does not say is entered as unknown where that is a reason."""
        asked = self.form(name)
        full = completed(asked, {key: value for key, value in values.items() if value is not None})
        place = (name, visit or "")
        self._counts[place] += 1
        number = instance or self._counts[place]
        at: date | None = day_of(full.get(asked.at)) if asked.at and isinstance(full.get(asked.at), str) else None
        text = json.dumps(
            [self.case, name, asked.edition, visit, number, full], sort_keys=True, default=str, separators=(",", ":")
        )
        self.made.append(
            FormEntry(
                id="n-" + hashlib.sha256(text.encode()).hexdigest()[:32],
                case=self.case,
                site=self.site,
                form=name,
                edition=asked.edition,
                visit=visit or "",
                instance=number,
                at=at,
                recorded_at=recorded_at,
                author=self.author,
                values=full,
            )
        )

"""What the address of an admin table says: a search, filters that are chips, an order, a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for
from werkzeug.wrappers import Response

from blueprints.fields import clean_line
from blueprints.rendering import page_or_fragment
from queries.sorting import Order, Place, Sorting

LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """A chip that opens its options; `options` maps what stands in the address to words.

    `standard` is the option that holds while the address says nothing; None is no filter at all.
    """

    name: str
    label: str
    options: Mapping[str, str]
    standard: str | None = None


class TableView:
    """One look at a table, read from the request's address.

    What makes no sense there is ignored. `url()` makes addresses that keep everything else.
    """

    def __init__(self, filters: Sequence[Filter], sorting: Sorting) -> None:
        """Read the address; say which filters and orders the table has."""
        args = request.args
        self.filters = filters
        self.sorting = sorting
        self.endpoint = request.endpoint or ""
        self.search = (clean_line(args.get("q")) or "")[:LONGEST_SEARCH]
        self.chosen = {
            one.name: asked
            for one in filters
            if (asked := args.get(one.name)) in one.options and asked != one.standard
        }
        self.order: Order = sorting.order(args.get("sort"))
        self.after: Place | None = self.order.place(args.get("after"))

    def __getitem__(self, name: str) -> str | None:
        """Return what a filter is set to; its standard, or None, when it isn't."""
        for one in self.filters:
            if one.name == name:
                return self.chosen.get(name, one.standard)
        raise KeyError(name)

    @property
    def filtered(self) -> bool:
        """Say whether anything narrows the table."""
        return bool(self.search or self.chosen)

    @property
    def kept(self) -> dict[str, str]:
        """Return what links to the same table carry along: all but the page."""
        values = dict(self.chosen)
        if self.search:
            values["q"] = self.search
        if str(self.order) != self.sorting.standard:
            values["sort"] = str(self.order)
        return values

    def url(self, endpoint: str | None = None, **changes: str | None) -> str:
        """Return the address of this look with changes; None takes something out.

        Another `endpoint`, an export say, gets the same search, filters and order.
        """
        values: dict[str, str | None] = {**self.kept, **changes}
        return url_for(endpoint or self.endpoint, **{k: v for k, v in values.items() if v})

    def cleared(self) -> str:
        """Return the address without search and filters."""
        order = self.kept.get("sort")
        return url_for(self.endpoint, **({"sort": order} if order else {}))

    def sort_url(self, name: str) -> str:
        """Return the address that sorts by a column, the other way round if it does already."""
        order = self.order.turned() if self.order.name == name else self.sorting.first(name)
        text = str(order)
        return self.url(sort=None if text == self.sorting.standard else text)

    def sorted_by(self, name: str) -> str | None:
        """Return what `aria-sort` says of a column; None when the table isn't sorted by it."""
        if self.order.name != name:
            return None
        return "descending" if self.order.falling else "ascending"

    def answer(self, area: str, **context: object) -> Response:
        """Render `index.html` of an area, its `_table.html` for a search, `_rows.html` for more.

        The templates get this look as `view`.
        """
        part = "_rows.html" if self.after else "_table.html"
        return page_or_fragment(f"{area}/index.html", f"{area}/{part}", view=self, **context)

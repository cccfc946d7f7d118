"""What row-level security costs a page: the same pages with and without it, in one run."""

from functools import partial

import scope
from bench.house import fill, house, in_turn

_tell = scope._tell


def _as_owner(connection: object, asked: scope.Scope) -> None:
    """Name the reader, whom the search needs, but keep the owner's rights."""


def main() -> None:
    """Measure the front page and the list as a reader's role and as the owner of the tables."""
    with house() as home:
        connection = home.connection()
        fill(connection, 200_000, 200)
        connection.close()
        browser = home.browser("heavy@bench.test")

        def walled(path: str) -> None:
            scope._tell = _tell
            assert browser.get(path).status_code == 200

        def bare(path: str) -> None:
            scope._tell = _as_owner  # type: ignore[assignment]
            assert browser.get(path).status_code == 200

        for path in ("/", "/news/"):
            medians = in_turn({"walled": partial(walled, path), "bare": partial(bare, path)}, 200)
            share = medians["walled"] / medians["bare"] - 1
            print(
                f"{path:8} {medians['walled']:.2f} ms against {medians['bare']:.2f}: {share:+.1%}"
            )


if __name__ == "__main__":
    main()

"""Does a page cost more for a reader with a long history? And the literal SQL beside ours."""

import sys
from functools import partial

from sqlalchemy import text

from bench.house import READERS, fill, house, in_turn

PATTERN_1 = """
    SELECT n.id, n.headline, n.content, n.published_at,
           json_agg(json_build_object('id', m.id, 'type', m.type, 'url', m.url)) AS media
    FROM news_history n LEFT JOIN media_assets m ON n.id = m.news_id
    WHERE n.user_id = (SELECT id FROM users WHERE email = :email)
    GROUP BY n.id ORDER BY n.created_at DESC LIMIT 10
"""


def main(stories: int) -> None:
    """Measure pages of readers with long and short histories, in one run."""
    with house() as home:
        connection = home.connection()
        fill(connection, stories)
        connection.close()
        browsers = {email: home.browser(email) for email in READERS}
        for path in ("/", "/news/", "/news/?q=harbour", "/news/?q=harb", "/news/?q=zebra"):
            medians = in_turn(
                {email: partial(browser.get, path) for email, browser in browsers.items()}, 60
            )
            least = medians["new@bench.test"]
            for email, taken in medians.items():
                print(
                    f"{path:18} {READERS[email]:>7,} stories {taken:7.2f} ms  +{taken - least:.2f}"
                )
        connection = home.connection()
        for email, count in READERS.items():
            ask = partial(connection.execute, text(PATTERN_1), {"email": email})
            literal = in_turn({"sql": ask}, 3)["sql"]
            print(f"literal pattern 1  {count:>7,} stories {literal:7.2f} ms")
        connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

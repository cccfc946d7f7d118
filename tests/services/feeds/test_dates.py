import pytest

from services.feeds import dates


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        # Halves of the day.
        ("Mon, 02 Mar 2026 1:55 PM EST", "2026-03-02T18:55:00"),
        ("2 March 2026 12:05 am", "2026-03-02T00:05:00"),
        ("March 2, 2026, 3:04 p.m.", "2026-03-02T15:04:00"),
        ("Monday, March 2, 2026 - 3:09pm", "2026-03-02T15:09:00"),
        ("Mon, March 2, 2026 at 01:11 PM EDT", "2026-03-02T17:11:00"),
        # Zones, in all the ways they are written.
        ("Mon, 02 Mar 2026 08:00:00 +01:00", "2026-03-02T07:00:00"),
        ("Mon, 02 Mar 2026 08:00:00 GMT-07:00", "2026-03-02T15:00:00"),
        ("Mon Mar 02 2026 08:00:00 GMT+0100 (Central European)", "2026-03-02T07:00:00"),
        ("Mon, 02 Mar 2026 08:00:00 UTC+2", "2026-03-02T06:00:00"),
        ("Wed, 01 Jul 2026 08:00:00 America/Los_Angeles", "2026-07-01T15:00:00"),
        ("Mon, 02 Mar 2026 08:00:00 Mars/Crater", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00:00-05:00Z", "2026-03-02T13:00:00"),
        ("2026-03-02 08:00:00+19:00", "2026-03-02T08:00:00"),
        ("Fri Mar 06 08:00:00 PST 2026", "2026-03-06T16:00:00"),
        # Other languages; French Tuesday begins like March.
        ("Mo, 02 März 2026 08:00:00 +0100", "2026-03-02T07:00:00"),
        ("mar. 01 déc. 2026 16:11:02 +0000", "2026-12-01T16:11:02"),
        ("Lundi, 2. Novembre 2026 - 15:54", "2026-11-02T15:54:00"),
        ("2 de março de 2026", "2026-03-02T00:00:00"),
        ("lun, 02 ene 2026 08:00:00 +0100", "2026-01-02T07:00:00"),
        ("пн, 02 мар 2026 08:00:00 +0300", "2026-03-02T05:00:00"),
        ("5. července 2026", "2026-07-05T00:00:00"),
        ("2026年3月2日 08:00", "2026-03-02T08:00:00"),
        # Numbers only.
        ("Mon, 03/30/2026 - 19:19", "2026-03-30T19:19:00"),
        ("Fri, 26/06/2026", "2026-06-26T00:00:00"),
        ("30.10.26", "2026-10-30T00:00:00"),
        ("10/30/26 21:55:58", "2026-10-30T21:55:58"),
        ("2026/03/02 08:00", "2026-03-02T08:00:00"),
        ("1772438400.5", "2026-03-02T08:00:00"),
        # Years of two digits, wrong weekdays, ordinals, seconds and hours too many.
        ("Fri, 02 Mar 26 08:00:00 GMT", "2026-03-02T08:00:00"),
        ("02 Mar 99 08:00:00 GMT", "1999-03-02T08:00:00"),
        ("Mon, 2nd Mar 2026 08:00:00 GMT", "2026-03-02T08:00:00"),
        ("Mon, 02 Mar 2026 24:00:00 GMT", "2026-03-03T00:00:00"),
        ("Mon, 02 Mar 2026 08:00:60 GMT", "2026-03-02T08:00:59"),
        # What is none.
        ("Sun, 29 Feb 2027 08:00:00 GMT", None),
        ("0000-00-00 00:00:00", None),
        ("2 days ago", None),
        ("12:30", None),
        ("March", None),
    ],
)
def test_dates_in_the_wild(text: str, iso: str | None):
    when = dates.read(text)
    assert (when and when.isoformat().removesuffix("+00:00")) == iso

"""Contact sessions as iCalendar files, for one session, a ward or the borough.

Source: RFC 5545 (iCalendar), RFC 7986 (names and refresh interval of a calendar).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import cache

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from plugins.police_links.london_time import LONDON
from plugins.police_links.queries import SessionRow

REFRESH = timedelta(hours=6)


def calendar(sessions: Iterable[SessionRow], *, name: str, realm: str, public_url: str) -> bytes:
    """Return the sessions as one file. `realm` makes the identifiers unique and must never change."""
    feed = Calendar()
    feed.add("prodid", "-//Boroughwatch//Contact sessions//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("name", name)
    feed.add("x-wr-calname", name)
    feed.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    feed.add_component(_london())
    for session in sessions:
        feed.add_component(_event(session, realm, public_url))
    return bytes(feed.to_ical())


def _event(session: SessionRow, realm: str, public_url: str) -> Event:
    event = Event()
    # The day is all we keep of a change, so it is midnight of that day; SEQUENCE tells changes of one day apart.
    stamp = datetime.combine(session.revised_on, time(0), UTC)
    event.add("uid", f"{session.id}@{realm}")
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", session.sequence)
    event.add("status", "CANCELLED" if session.is_cancelled else "CONFIRMED")
    event.add("dtstart", session.starts_at.astimezone(LONDON))
    event.add("dtend", session.ends_at.astimezone(LONDON))
    event.add("summary", session.title)
    event.add("location", session.place)
    description = session.cancel_reason if session.is_cancelled else session.details
    if description:
        event.add("description", description)
    event.add("url", f"{public_url}/police/sessions/{session.id}")
    event.add("categories", ["contact-session"])
    return event


@cache
def _london() -> Timezone:
    """Return London's clock with its two rules. Source: RFC 5545 section 3.6.5; Summer Time Order 2002."""
    zone = Timezone()
    zone.add("tzid", "Europe/London")
    summer = TimezoneDaylight()
    summer.add("dtstart", datetime(1981, 3, 29, 1, 0))  # noqa: DTZ001 - RFC 5545: local time without zone
    summer.add("rrule", {"freq": "yearly", "bymonth": 3, "byday": "-1SU"})
    summer.add("tzname", "BST")
    summer.add("tzoffsetfrom", timedelta(0))
    summer.add("tzoffsetto", timedelta(hours=1))
    winter = TimezoneStandard()
    winter.add("dtstart", datetime(1996, 10, 27, 2, 0))  # noqa: DTZ001 - RFC 5545: local time without zone
    winter.add("rrule", {"freq": "yearly", "bymonth": 10, "byday": "-1SU"})
    winter.add("tzname", "GMT")
    winter.add("tzoffsetfrom", timedelta(hours=1))
    winter.add("tzoffsetto", timedelta(0))
    zone.add_component(summer)
    zone.add_component(winter)
    return zone

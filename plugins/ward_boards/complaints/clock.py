"""The hours and days that count for a notice: weekends, Good Friday, Christmas and bank holidays do not.

Source: SI 2013/3028 (periods of 48 hours; five days to answer), Banking and Financial Dealings Act 1971, schedule 1
(bank holidays in England), with the substitute days that are proclaimed each year by rule. Holidays proclaimed for
one year only are not known here. Easter by the Gregorian computus (Meeus, Jones, Butcher).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from plugins.ward_boards.moments import LONDON, day_of

ANSWER_DAYS = 5
DAY = timedelta(days=1)
_MONDAY, _SATURDAY = 0, 5


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a year."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    shift = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * shift) // 451
    month, day = divmod(moon + shift - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """Return Good Friday, Christmas Day and the bank holidays of England in a year, on the days they are kept."""
    easter = easter_sunday(year)
    found = {
        _moved(date(year, 1, 1)),
        easter - 2 * DAY,
        easter + DAY,
        _first_monday(date(year, 5, 1)),
        _first_monday(date(year, 5, 25)),
        _first_monday(date(year, 8, 25)),
        date(year, 12, 25),
    }
    christmas = _moved(date(year, 12, 25))
    boxing = _moved(date(year, 12, 26))
    return frozenset(found | {christmas, boxing + DAY if boxing == christmas else boxing})


def _moved(day: date) -> date:
    """Return the day itself, or the first weekday after a weekend."""
    while day.weekday() >= _SATURDAY:
        day += DAY
    return day


def _first_monday(day: date) -> date:
    return day + (_MONDAY - day.weekday()) % 7 * DAY


def counts(day: date) -> bool:
    """Whether a day counts."""
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def after_hours(start: datetime, hours: int) -> datetime:
    """Return when so many counted hours have passed; always a moment on a day that counts in London."""
    at, left = start.astimezone(UTC), timedelta(hours=hours)
    while True:
        midnight = _midnight_after(at)
        if counts(day_of(at)):
            room = midnight - at
            if left < room:
                return at + left
            left -= room
        at = midnight


def answer_by(sent: datetime) -> datetime:
    """Return midnight at the end of the fifth counted day after the day on which something was sent."""
    day, left = day_of(sent), ANSWER_DAYS
    while left:
        day += DAY
        left -= counts(day)
    return datetime.combine(day + DAY, time(), LONDON).astimezone(UTC)


def _midnight_after(at: datetime) -> datetime:
    day = day_of(at) + DAY
    return datetime.combine(day, time(), LONDON).astimezone(UTC)

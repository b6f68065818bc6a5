"""What following hands to core through the plugin's front door; light to import."""

from __future__ import annotations

from core.contributions import Job, Subscription


def subscriptions() -> list[Subscription]:
    """Return the handler that tells of new posts."""
    from core.events import PostPublished
    from plugins.ward_boards.following import telling

    return [Subscription(PostPublished, telling.tell, "following_tell")]


def jobs() -> list[Job]:
    """Return the daily tidying of links that have run out."""
    from plugins.ward_boards.following import answering

    return [Job("reply_links_forget", answering.forget_daily, 24 * 3600)]

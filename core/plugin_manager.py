"""Finds, loads, checks and asks plugins. The only module that sees pluggy; one manager per app."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
from flask import current_app

from core import hookspecs

GROUP = "boroughwatch.plugins"
DISTRIBUTION = "boroughwatch"


class PluginError(Exception):
    """A plugin cannot be used as it is; the message says which, and what to do."""


@dataclass(frozen=True)
class Available:
    """An installed plugin: its name, the distribution it came with, and whether that is ours."""

    name: str
    distribution: str
    is_first_party: bool
    entry_point: EntryPoint


def available() -> list[Available]:
    """Return every installed plugin, sorted by name."""
    found = []
    for point in entry_points(group=GROUP):
        dist = point.dist.name if point.dist else "unknown"
        found.append(Available(point.name, dist, dist == DISTRIBUTION, point))
    return sorted(found, key=lambda plugin: plugin.name)


def load(names: Iterable[str] | None) -> Plugins:
    """Load the named plugins, or all first-party ones when `names` is None.

    Raises:
        PluginError: an unknown name, or a plugin that does not import or fit the hooks. The start must stop:
            a plugin silently missing would take its permissions and rules with it.
    """
    installed = {plugin.name: plugin for plugin in available()}
    wanted = [p.name for p in installed.values() if p.is_first_party] if names is None else list(names)
    modules = {}
    for name in wanted:
        if name not in installed:
            near = difflib.get_close_matches(name, installed, 1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Installed are: {', '.join(installed)}."
            raise PluginError(f"plugins: there is no plugin called '{name}'.{hint}")
        try:
            modules[name] = installed[name].entry_point.load()
        except Exception as problem:
            raise PluginError(f"plugin '{name}' could not be loaded: {problem}") from problem
    return Plugins(modules)


class Plugins:
    """A set of loaded plugins, asked in the order of their names."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        """Register modules (or objects) with hook implementations under their names.

        Raises:
            PluginError: a misspelt hook, a wrapper, or two answers to a question that takes one.
        """
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self.names = tuple(sorted(modules))
        for name in self.names:
            try:
                self._manager.register(modules[name], name=name)
                self._manager.check_pending()
            except Exception as problem:
                raise PluginError(f"plugin '{name}': {problem}") from problem
        self._calls = {spec: self._checked(spec) for spec in _spec_names()}

    def _checked(self, hook: str) -> list[tuple[str, pluggy.HookImpl]]:
        caller = getattr(self._manager.hook, hook)
        found = sorted(((impl.plugin_name, impl) for impl in caller.get_hookimpls()), key=lambda pair: pair[0])
        for name, impl in found:
            if impl.wrapper or impl.hookwrapper:
                raise PluginError(f"plugin '{name}': {hook} is a wrapper; hooks here return values only")
        if caller.spec.opts.get("firstresult") and len(found) > 1:
            names = " and ".join(name for name, _ in found)
            raise PluginError(f"{hook} can be answered by one plugin only, but {names} both do")
        return found

    def __contains__(self, name: object) -> bool:
        """Whether a plugin of this name is loaded."""
        return name in self.names

    def ask(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Yield (plugin name, its answer); the caller decides what an exception means."""
        for name, impl in self._calls[hook]:
            yield name, impl.function(**{key: arguments[key] for key in impl.argnames})

    def ask_each(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any | Exception]]:
        """Yield (plugin name, answer or the exception it raised), so that one cannot silence the rest."""
        for name, impl in self._calls[hook]:
            try:
                yield name, impl.function(**{key: arguments[key] for key in impl.argnames})
            except Exception as problem:
                yield name, problem


def _spec_names() -> list[str]:
    return [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]


def current() -> Plugins:
    """Return the current app's plugins."""
    plugins: Plugins = current_app.extensions["boroughwatch"].plugins
    return plugins

"""Records as YAML. A module of its own, because importing yaml is slow and few need it."""

import yaml

from palm_ual.console.lines.safe import safe

_WIDE = 2**31 - 1
"""A text is never folded over lines."""


class _NoAliases:
    """What is said twice is written twice."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


class _Dumper(_NoAliases, yaml.CSafeDumper):
    """Puts a text in double quotes where a character of it must be escaped."""


class _SlowDumper(_NoAliases, yaml.SafeDumper):
    """The same for texts that the fast one cannot encode: a lone surrogate, from a file name."""


def _represent_text(dumper: _Dumper | _SlowDumper, text: str) -> yaml.ScalarNode:
    quoted = '"' if safe(text, cell=True) != text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quoted)


_Dumper.add_representer(str, _represent_text)
_SlowDumper.add_representer(str, _represent_text)


def yaml_text(value: object, *, unicode: bool) -> str:
    """One document with a line break at its end, keys in the order given; pure ASCII unless `unicode`."""
    try:
        text = _dump(value, _Dumper, unicode=unicode)
    except UnicodeEncodeError:
        text = _dump(value, _SlowDumper, unicode=unicode)
    return safe(text, cell=False, escape=_escape)


def _dump(value: object, dumper: type[_Dumper | _SlowDumper], *, unicode: bool) -> str:
    dumped: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=unicode, width=_WIDE)
    return dumped.removesuffix("...\n")


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

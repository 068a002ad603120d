"""How hard a page is to read: the grade by Flesch and Kincaid (1975), on the words of a page.

grade = 0.39 words / sentences + 11.8 syllables / words - 15.59
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "dt", "dd", "figcaption", "div", "section"})
_LEFT_OUT = frozenset({"sup", "svg", "script", "style", "nav", "header", "footer"})
# Words whose ending says more syllables, or fewer, than counting groups of vowels finds.
_SILENT = re.compile(r"(?:[^laeiouyscgzxh]es|[^laeiouydt]ed|lled|[^laeiouy]e|[aeiouy]le)$")


class _Words(HTMLParser):
    """The sentences of the article; a heading or a list's item ends one."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._depth_left_out = 0
        self._in_notes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LEFT_OUT or ("class", "notes") in attrs:
            self._depth_left_out += 1
            self._in_notes += ("class", "notes") in attrs
        if tag in _BLOCKS:
            self.text += ". "

    def handle_endtag(self, tag: str) -> None:
        if tag in _LEFT_OUT or (tag == "section" and self._in_notes):
            self._depth_left_out -= 1
            self._in_notes -= tag == "section"
        if tag in _BLOCKS:
            self.text += ". "

    def handle_data(self, data: str) -> None:
        if not self._depth_left_out:
            self.text += data


def words_of(html: str) -> str:
    """The running text of the main part of a page, without notes and pictures."""
    reader = _Words()
    reader.feed(html[html.index('<main id="main"') : html.index("</main>")])
    return reader.text


def grade(text: str) -> float:
    """The school grade that the text asks for."""
    parts = [re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|\d[\d,.]*", part)
             for part in re.split(r"[.!?:;](?:\s|$)", text)]  # fmt: skip
    sentences = [words for words in parts if words]
    words = [word for sentence in sentences for word in sentence]
    count = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * count / len(words) - 15.59


def syllables(word: str) -> int:
    """About how many syllables a word has: its groups of vowels, silent endings left out."""
    if word[0].isdigit():
        return 1  # numbers are read as numbers, not spelled out
    if len(word) > 1 and word.isupper():
        return len(word)  # TMS is spelled out
    plain = word.casefold()
    groups = re.findall(r"[aeiouy]+", plain)
    count = len(groups)
    if count > 1 and _SILENT.search(plain):
        count -= 1
    return max(count, 1)

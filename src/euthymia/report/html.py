"""A document as one HTML file: nothing from outside, no script, readable by ear and on paper."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from euthymia.report.document import Document


@cache
def _template() -> Template:
    # Everything is escaped, the template marks the project's own SVG as safe and nothing else.
    environment = Environment(
        loader=PackageLoader("euthymia.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("document.html.jinja")


def to_html(document: Document) -> str:
    """The document as the text of one HTML file."""
    return _template().render(document=document.as_data())

"""How Django forms are drawn; the settings name it as `FORM_RENDERER`."""

from __future__ import annotations

from django.forms.renderers import DjangoTemplates


class ClinicRenderer(DjangoTemplates):
    """Every form and field through the templates of the design system.

    `{{ form }}` draws all fields, `{{ form.name.as_field_group }}` or `{% field form.name %}` one.
    """

    form_template_name = "ui/parts/fields.html"
    field_template_name = "ui/parts/field.html"

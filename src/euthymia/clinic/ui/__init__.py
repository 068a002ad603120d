"""The clinic's look: base pages, style sheets, form fields, and the tags that templates use."""

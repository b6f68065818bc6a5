"""What forms read: texts from the form, files for file fields only, and days as people write them.

Flask-WTF would also hand a file to a text field that has its name, and take a JSON body for a form; both end
in a broken page, for no field expects them.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto, _is_submitted
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import DateField, FileField, Form
from wtforms.meta import DefaultMeta


class DayField(DateField):  # type: ignore[misc]  # WTForms has no types
    """A day as browsers send it, or as people here write it."""

    def __init__(self, label: Any, **more: Any) -> None:
        """Take both ways of writing a day."""
        super().__init__(label, format=["%Y-%m-%d", "%d/%m/%Y"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Say in our words what was wrong."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("This is not a day. Write it like 31/01/2026.")) from None


def init_form_data() -> None:
    """Let every form read like this, Flask-Security's too."""
    FlaskForm.Meta.wrap_formdata = _wrap_formdata


def _wrap_formdata(_meta: DefaultMeta, form: Form, formdata: Any) -> Any:
    if formdata is not _Auto:  # a view that handed over its own, or None
        return formdata
    if not _is_submitted():
        return None
    takers = {field.name for field in form if isinstance(field, FileField)}
    files = [(name, file) for name, file in request.files.items(multi=True) if name in takers]
    return CombinedMultiDict([MultiDict(files), request.form])

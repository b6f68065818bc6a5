"""What forms read: texts from the form, files for file fields only.

Flask-WTF would also hand a file to a text field that has its name, and take a JSON body for a form; both end
in a broken page, for no field expects them.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto, _is_submitted
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField, Form
from wtforms.meta import DefaultMeta


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

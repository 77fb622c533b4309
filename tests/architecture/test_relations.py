"""Foreign keys follow the rows, whether they name a class or a string."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Field, ForeignObjectRel, Model

from tests.architecture.source import may_use, module_of, rows


def _our_models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if module_of(model.__module__)]


def _relations(model: type[Model]) -> list[tuple[str, type[Model]]]:
    """Return what `model` itself points to; not what points to it."""
    return [
        (field.name, field.related_model)
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many, *model._meta.private_fields]
        if isinstance(field, Field)
        and not isinstance(field, ForeignObjectRel)
        and field.is_relation
        and isinstance(field.related_model, type)
    ]


def test_foreign_keys_point_downwards() -> None:
    """No table refers to one of a higher or a neighbouring module."""
    seen, wrong = 0, []
    for model in _our_models():
        user = module_of(model.__module__)
        for name, related in _relations(model):
            used = module_of(related.__module__)
            if user and used:
                seen += 1
                if not may_use(user, used):
                    wrong.append(f"{model.__module__}.{model.__name__}.{name} -> {related.__module__}")
    assert seen > 5, "the models were not found"
    assert wrong == []


def test_a_table_bears_the_name_of_its_module() -> None:
    """App labels are the modules' names, and so are the tables' prefixes."""
    wrong = [
        model.__name__
        for model in _our_models()
        if model._meta.app_label != module_of(model.__module__)
        or not model._meta.db_table.startswith(f"{model._meta.app_label}_")
    ]
    assert wrong == []


def test_every_module_with_models_is_installed() -> None:
    """The modules of the contract are Django's apps, but for the kernel, which knows no Django."""
    installed = {module_of(config.name) for config in apps.get_app_configs()} - {None}
    assert installed == set(rows()) - {"kernel"}

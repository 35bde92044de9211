"""Options of commands that have many, declared in one dataclass."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, get_type_hints

Options = TypeVar("Options")


def with_options(
    shape: type[Options],
) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Give a command the fields of a dataclass as its arguments and options."""

    def decorate(command: Callable[[Options], None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            command(shape(**given))

        hints = get_type_hints(shape, include_extras=True)
        declared = signature(shape)
        fields = [
            parameter.replace(annotation=hints[name], kind=parameter.KEYWORD_ONLY)
            for name, parameter in declared.parameters.items()
        ]
        run.__signature__ = declared.replace(parameters=fields)  # type: ignore[attr-defined]
        run.__annotations__ = hints
        del run.__wrapped__
        return run

    return decorate

"""Who makes the cloth of a recipe, by name; apart from the rules, so that who only asks loads none."""

from typing import Literal, get_args

AsIs = Literal["tile", "mirror", "quilt"]
NewCloth = Literal["toss", "requilt", "applique", "residual", "fill", "palette"]

AS_IS: tuple[str, ...] = get_args(AsIs)
NEW_CLOTH: tuple[str, ...] = get_args(NewCloth)

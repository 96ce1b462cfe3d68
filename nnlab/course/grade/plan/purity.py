"""Which calls leave their object and their arguments as they were: the libraries of the course, told by name.

What is not listed here counts as a change. A name too few costs time; a name too many could hide a change.
"""

import builtins
import re

#: Where the names come from before anything is imported.
BUILTINS = {name: f"builtins.{name}" for name in dir(builtins)}

_PURE = re.compile(
    r"(builtins|numpy|matplotlib|seaborn|pandas|scipy|math|cmath|statistics|itertools|collections|copy|json|re|time)\."
    r"|sklearn\.(metrics|datasets|model_selection)\.|sklearn\.base\.clone$"
    r"|nnlab\.(plot|draw|mlp_draw|claims?|data|load|get_device|check|hint|progress|answer)\b"
    r"|torch\.([a-z]\w*\.)*[a-z]\w*$"
)
_IMPURE = re.compile(
    r"builtins\.(next|setattr|delattr|exec|eval)$"
    r"|numpy\..*\b(shuffle|copyto|put|place|putmask|put_along_axis|fill_diagonal|at)$"
    r"|torch\.(optim|nn\.(init|utils))\.|torch\..*_$"
)
_PASSING = re.compile(
    r"builtins\.(zip|enumerate|reversed|list|tuple|sorted|iter|map|filter|dict|set|next|min|max)$"
    r"|numpy\.(as\w*array|asmatrix|array|atleast_\w+|reshape|ravel|transpose|swapaxes|squeeze|broadcast_\w+|diag\w*)$"
    r"|torch\.(as_tensor|asarray|from_numpy|reshape|ravel|transpose|squeeze|unsqueeze|diagonal)$"
)
_FIXED = re.compile(
    r"(math|numpy)\.(?!random\b)"
    r"|builtins\.(abs|bool|complex|dict|enumerate|float|int|len|list|pow|range|round|set|slice|str|sum|tuple|zip)$"
)
_LAYER = re.compile(r"torch\.nn\.[A-Z]\w*$")
_SETTING = re.compile(r"(.*\.)?(set|use|seterr|simplefilter|filterwarnings)(_\w+)?$")

#: Methods that leave their object and their arguments as they are.
PURE_METHODS = frozenset(
    """abs all any argmax argmin argsort astype children clip clone copy corr count cpu cumprod cumsum decision_function
    decode describe detach diagonal difference dim dot drop_duplicates dropna duplicated encode endswith exp expand
    fillna flatten format get get_depth get_n_leaves get_params groupby head index info int intersection
    inverse_transform isdigit isin isna item items join keys ljust log long lower lstrip max mean min modules
    named_parameters nonzero norm numel numpy nunique parameters partition permute predict predict_proba prod ravel
    rename repeat replace reset_index reshape rjust round rsplit rstrip score size sort_values split splitlines sqrt
    squeeze startswith std strip sum swapaxes tail title to_frame to_numpy tolist trace transform transpose union
    unique unsqueeze upper value_counts values var view zfill""".split()  # noqa: SIM905
)
#: Those of them whose result may be a part or a view of the object.
VIEWS = frozenset(
    """children cpu detach diagonal expand get items keys modules named_parameters numpy parameters permute ravel
    reshape squeeze swapaxes to_numpy transpose unsqueeze values view""".split()  # noqa: SIM905
)
#: Methods that change their object, but not their arguments; `STORING_METHODS` keep these in the object.
KEEPING_METHODS = frozenset(
    """add_artist add_patch annotate axhline axis axline axvline bar barh binomial boxplot choice contour contourf
    discard errorbar exponential fill_between fit fit_transform grid hist imshow integers legend load_state_dict normal
    partial_fit pcolormesh permutation plot poisson random remove scatter set standard_normal stem step text
    tick_params uniform""".split()  # noqa: SIM905
)
STORING_METHODS = frozenset(["add", "append", "appendleft", "extend", "insert", "setdefault", "update"])


def keeps_arguments(origin: str) -> bool:
    """Does this function leave its arguments as they are?

    >>> keeps_arguments("numpy.mean"), keeps_arguments("numpy.random.shuffle"), keeps_arguments("torch.optim.SGD")
    (True, False, False)
    """
    return bool(_PURE.match(origin)) and not _IMPURE.match(origin)


def is_fresh(origin: str) -> bool:
    """Is what it returns made anew, with nothing of its arguments in it?"""
    return keeps_arguments(origin) and not _PASSING.match(origin)


def is_fixed(origin: str) -> bool:
    """Does it give the same each time, so that what it makes is as good as written down?"""
    return bool(_FIXED.match(origin))


def is_layer(origin: str) -> bool:
    """Does it make a layer of PyTorch: the same each time, but for its random weights?"""
    return bool(_LAYER.match(origin))


def is_setting(origin: str) -> bool:
    """Does it change how its module works, as `torch.set_default_dtype` does?"""
    return bool(_SETTING.match(origin))

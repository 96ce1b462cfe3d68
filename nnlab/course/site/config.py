"""Where the course lives, read from `_config.yml`, which alone says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from nnlab.errors import BuildError


@dataclass(frozen=True)
class Repository:
    """The public repository, and the services that open its notebooks."""

    url: str
    branch: str
    colab: str
    binder: str

    @property
    def name(self) -> str:
        """'owner/name'"""
        return urlsplit(self.url).path.strip("/")

    def in_colab(self, path: str) -> str:
        """The address that opens the notebook at `path` in Google Colab.

        >>> here = Repository("https://github.com/a/b", "main", "https://colab.example", "https://binder.example")
        >>> here.in_colab("notebooks/02_x.ipynb")
        'https://colab.example/github/a/b/blob/main/notebooks/02_x.ipynb'
        """
        return f"{self.colab}/github/{self.name}/blob/{self.branch}/{quote(path)}"

    def in_jupyterlab(self, path: str) -> str:
        """The address that starts a JupyterLab on Binder, with the notebook at `path` open.

        >>> here = Repository("https://github.com/a/b", "main", "https://colab.example", "https://binder.example")
        >>> here.in_jupyterlab("notebooks/02_x.ipynb")
        'https://binder.example/v2/gh/a/b/main?urlpath=lab%2Ftree%2Fnotebooks%2F02_x.ipynb'
        """
        return f"{self.binder}/v2/gh/{self.name}/{self.branch}?urlpath={quote(f'lab/tree/{path}', safe='')}"


def repository(root: Path) -> Repository:
    """The repository that `_config.yml` of the checkout `root` names.

    Raises:
        BuildError: the file does not say it.
    """
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return from_settings(config.get("repository", {}), config.get("launch_buttons", {}))


def from_settings(place: Mapping[str, Any], buttons: Mapping[str, Any]) -> Repository:
    """The same from the two blocks of `_config.yml`, `repository` and `launch_buttons`.

    Raises:
        BuildError: one of the settings is missing.
    """
    settings = {
        "repository.url": place.get("url"),
        "repository.branch": place.get("branch"),
        "launch_buttons.colab_url": buttons.get("colab_url"),
        "launch_buttons.binderhub_url": buttons.get("binderhub_url"),
    }
    absent = [name for name, value in settings.items() if not value]
    if absent:
        raise BuildError(f"_config.yml does not set {', '.join(absent)}: the launch buttons are made from it")
    return Repository(*(str(value).rstrip("/") for value in settings.values()))

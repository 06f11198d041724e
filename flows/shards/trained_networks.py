"""The trained networks that designs are painted through: read once a shard, and those that were planned."""

from __future__ import annotations

from catalogs.errors import StorageDenied
from catalogs.models import ModelUnknown, read_model
from catalogs.storage import Storage
from catalogs.trained import PlannedWeights, planned_weights
from configs.errors import ConfigError
from configs.model_card import read_card
from configs.recipe import Recipe
from flows.patience import Patience
from flows.shards.rows import PlanRow
from flows.shards.source_errors import SourceChanged, SourceDenied
from nst_core.errors import NetworkRefused, NetworkUntrained
from nst_core.memo import Memo
from nst_core.networks import NetworkFiles, WeightsFile

# A shard goes style by style; two of them are at work beside each other.
KEPT_NETWORKS = 8
# By the names of their models.
Networks = tuple[tuple[str, NetworkFiles], ...]


class TrainedNetworks:
    """Reads networks' files from a bucket, else from the installation. Thread-safe.

    Whether weights are what their card says is left to the engine, which loads none that are not.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._files: Memo[WeightsFile] = Memo(2 * KEPT_NETWORKS)
        self._networks: Memo[NetworkFiles] = Memo(KEPT_NETWORKS)

    def of(
        self, planned: PlanRow, recipe: Recipe, patience: Patience
    ) -> tuple[tuple[str, NetworkFiles], ...]:
        """Return the networks that a recipe paints a design through, by the names of their models.

        Raises:
            NetworkUntrained: one is not there any more.
            NetworkRefused: its card cannot be read.
            SourceChanged: it was trained again after the batch was planned.
            SourceDenied: the storage refuses it.
            StorageUnavailable: the storage is away for longer than the patience.
        """
        if not recipe.trained:
            return ()
        wanted = planned_weights(recipe, planned)
        return tuple((model, self._network(model, one, patience)) for model, one in wanted.items())

    def _network(self, model: str, wanted: PlannedWeights, patience: Patience) -> NetworkFiles:
        def files() -> NetworkFiles:
            own = [self._file(model, style_id, sha256, patience) for style_id, sha256 in wanted.styles]
            return NetworkFiles(
                shared=self._file(model, "", wanted.shared, patience) if wanted.shared else None,
                style=own[0] if own else None,
                further=tuple(own[1:]),
            )

        return self._networks.get((model, wanted), files)

    def _file(self, model: str, style_id: str, sha256: str, patience: Patience) -> WeightsFile:
        return self._files.get(
            (model, style_id, sha256), lambda: self._read(model, style_id, sha256, patience)
        )

    def _read(self, model: str, style_id: str, sha256: str, patience: Patience) -> WeightsFile:
        try:
            found = patience.call(lambda: read_model(self._storage, model, style_id))
            card = read_card(found.card, name=f"{found.name}'s card")
        except ModelUnknown as error:
            raise NetworkUntrained(f"{error.message}; when the batch was planned it was there") from error
        except ConfigError as error:
            raise NetworkRefused(str(error), model=model, style_id=style_id) from error
        except StorageDenied as error:
            raise SourceDenied(f"the network {model!r} may not be read: {error}", key=error.key) from error
        if card.weights_sha256 != sha256:
            raise SourceChanged(
                f"{found.name} was trained again since the batch was planned (sha256 is "
                f"{card.weights_sha256[:12]}…, planned was {sha256[:12]}…); run the batch again to plan with "
                f"the new weights",
                key=found.name,
                found=card.weights_sha256,
                planned=sha256,
            )
        return WeightsFile(found.weights, found.card, found.name)

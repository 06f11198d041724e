"""What a run can end with besides the errors of catalogs and engine, as one tree.

::

    FlowError                 flow_error          the root
    ├── ShardsUnfinished      shards_unfinished   the storage refused or is full; nothing was published
    ├── RequestsUnfinished    requests_unfinished requests broke off; the next runs try them again
    ├── BucketUnsound         bucket_unsound      housekeeping found what it cannot mend
    ├── PlanOutdated          plan_outdated       planned for another engine or other weights: plan again
    ├── ShardLost             shard_lost          another run took the shard over: retryable
    ├── DesignQuarantined     process_died        processes died with the design in hand: never tried again
    ├── WaveUnfinished        wave_unfinished     the run of some shards of a large batch broke off: retryable
    ├── TrainingBusy          training_busy       another process trains this network: wait for it
    ├── NoticeRefused         notice_refused      people could not be told of a night: retryable
    ├── ClusterUnavailable    cluster_unavailable Ray is asked for: not installed, away, or too small
    ├── SigningUnavailable    signing_unavailable signatures are asked for, and library or files are missing
    ├── SigningFailed         signing_failed      certificate and key cannot sign
    └── StackError            stack_error         toile up, toile down or toile deploy cannot do its work
        ├── StackRefused      stack_refused       they are asked for what cannot be: another option will do
        │   └── PortTaken     port_taken          somebody else listens there
        ├── ServiceFailed     service_failed      a service ended or did not answer
        ├── StackBusy         stack_busy          another toile up or down is at work
        └── ServerAway        server_away         the Prefect server does not answer, or refuses

``retryable(error)`` tells whether the same work may succeed when it is done again, for errors of any package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from catalogs.errors import StorageDenied, StorageFull, StorageMisconfigured


class FlowError(Exception):
    """A run could not be brought to its end: a whole sentence, a ``code``, and the facts.

    Args:
        message: what happened, what was got, what to do; shown to a person as it is.
        extras: plain values that a report may want besides the sentence.
    """

    code: ClassVar[str] = "flow_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **extras: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extras = extras

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.message, self.extras)


class ShardsUnfinished(FlowError):
    """A shard ended with what no repetition mends, so the run ended; the last published catalog stays."""

    code: ClassVar[str] = "shards_unfinished"


class RequestsUnfinished(FlowError):
    """Some requests broke off; the others were carried out, and the next runs try these again."""

    code: ClassVar[str] = "requests_unfinished"


class BucketUnsound(FlowError):
    """Manifests and pictures do not fit each other, and what is left is not enough to mend them from."""

    code: ClassVar[str] = "bucket_unsound"


class PlanOutdated(FlowError):
    """The stored plan's design ids belong to another engine version or other weights."""

    code: ClassVar[str] = "plan_outdated"


class ShardLost(FlowError):
    """The lease on the shard went to another run; what was painted is kept and the rest is theirs."""

    code: ClassVar[str] = "shard_lost"
    retryable: ClassVar[bool] = True


class DesignQuarantined(FlowError):
    """The process died twice with a design in hand, the second time with nothing else at work."""

    code: ClassVar[str] = "process_died"


class WaveUnfinished(FlowError):
    """The flow run that was given a wave of shards crashed, failed or was cancelled."""

    code: ClassVar[str] = "wave_unfinished"
    retryable: ClassVar[bool] = True


class TrainingBusy(FlowError):
    """Another process trains the same file of weights at this moment; the message says who, since when."""

    code: ClassVar[str] = "training_busy"


class NoticeRefused(FlowError):
    """Neither webhook nor mail server took a notice; its message holds no address."""

    code: ClassVar[str] = "notice_refused"
    retryable: ClassVar[bool] = True


class ClusterUnavailable(FlowError):
    """A run is to be painted on Ray, which is not installed, does not answer or has no machine for it."""

    code: ClassVar[str] = "cluster_unavailable"


class SigningUnavailable(FlowError):
    """The storage file asks for signatures, and the library is not installed or a file cannot be read."""

    code: ClassVar[str] = "signing_unavailable"


class SigningFailed(FlowError):
    """Certificate and key are not such that C2PA takes their signature."""

    code: ClassVar[str] = "signing_failed"


class StackError(FlowError):
    """The services of one machine cannot be started, stopped or used."""

    code: ClassVar[str] = "stack_error"


class StackRefused(StackError):
    """What is asked for cannot be, or not beside what is there; other options will do."""

    code: ClassVar[str] = "stack_refused"


class PortTaken(StackRefused):
    """Somebody else listens on the port that a service is to have."""

    code: ClassVar[str] = "port_taken"


class ServiceFailed(StackError):
    """A service ended at its start, or did not answer in time; the message holds the end of its log."""

    code: ClassVar[str] = "service_failed"


class StackBusy(StackError):
    """Another process starts or stops the same services at this moment."""

    code: ClassVar[str] = "stack_busy"


class ServerAway(StackError):
    """The Prefect server does not answer, or refuses what it was asked."""

    code: ClassVar[str] = "server_away"


def retryable(error: BaseException) -> bool:
    """Tell whether doing the same again later may succeed; unknown errors are not repeated."""
    return bool(getattr(error, "retryable", False))


def hopeless(error: BaseException) -> bool:
    """Tell whether every other shard of the run would meet the same, until a person has done something."""
    return isinstance(error, StorageDenied | StorageFull | StorageMisconfigured)


def _revive(kind: type[FlowError], message: str, extras: Mapping[str, Any]) -> FlowError:
    return kind(message, **extras)

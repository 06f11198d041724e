"""A cluster that is not there is told with the remedy, and not after minutes."""

from __future__ import annotations

import pytest

from flows.errors import ClusterUnavailable
from flows.stack.ports import free_ports
from flows.stack.settings import LOOPBACK


def test_a_cluster_that_does_not_listen_is_told_at_once_with_the_remedy():
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    from flows.cluster.joining import joined

    [port] = free_ports(1, LOOPBACK)
    wanted = joined(f"{LOOPBACK}:{port}")
    with pytest.raises(ClusterUnavailable, match=rf":{port} cannot be joined .*refused.*ray start --addr"):
        wanted.__enter__()
